#!/usr/bin/env python3
"""A daemon that has been taken over, as far as the demonstration needs one: it speaks to the keeper's
socket itself (docs/protocol/custody.md), holds back a request that is good in every way, and hands it
in when it likes.

    replay.py hold SOCKET AUTHORITY.json CI_FOLDER JOB PATH KEY FILE HELD.json
    replay.py send SOCKET HELD.json
    replay.py again SOCKET ENTRY ITEM

`hold` opens a grant on the release path PATH for the CI job, signs a request for FILE with the grant's
session key and the signer's KEY (its id in hex), and writes it down. `send` submits it; `again` asks
for the signature of an item of a recorded request once more. A refusal is printed as `sealward` prints
it, and ends the program with 1.
"""

import json
import os
import sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(top, "tests", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from authority import (Link, Refused, Root, Session, b64, canonical, leaf_hash, sha256, signed,
                       statement, unb64)
from issuer import Issuer


def authority_id(path):
    with open(path) as file:
        return unb64(json.load(file)["authority"])


def seen(link):
    record = Root()
    for text in link.entries():
        record.add(text)
    return len(record.leaves), record.root()


def grant_open(link, authority, session, folder, job, path):
    issuer = Issuer(folder)
    text = statement("grant", authority, "workload/%s-ci" % job, {
        "path": path, "artifacts": [], "count": 1, "window": 600, "session": b64(session.spki)},
        seen(link))
    token = issuer.token(issuer.jobs[job], "sealward:sha256:" + sha256(text).hex())
    answer = link.submit("grant", signed(text, token=token))
    return leaf_hash(unb64(answer["entry"]))


def hold(link, authority_file, folder, job, path, key, file, held):
    session, authority = Session(), authority_id(authority_file)
    grant = grant_open(link, authority, session, folder, job, path)
    with open(file, "rb") as source:
        items = [{"digest": b64(sha256(source.read())), "artifact": None, "preimages": []}]
    asked = {"grant": b64(grant), "key": b64(bytes.fromhex(key)), "mechanism": "ecdsa-sha256",
             "items": items}
    text = canonical({"authority": b64(authority), **asked})
    asked["signature"] = b64(session.sign(b"sealward-request\0" + text))
    with open(held, "w") as target:
        json.dump(asked, target)


def send(link, held):
    with open(held) as source:
        answer = link.submit("request", json.load(source))
    print("signed: entry %d" % answer["index"])


def again(link, entry, item):
    link.ask("SIGN_AGAIN", entry=int(entry), item=int(item))
    print("signed again: entry %s" % entry)


def main():
    acts = {"hold": (hold, 7), "send": (send, 1), "again": (again, 2)}
    act, words = acts.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if act is None or len(sys.argv) != 3 + words:
        sys.exit(__doc__)
    link = Link(sys.argv[2])
    try:
        act(link, *sys.argv[3:])
    except Refused as refusal:
        print("keeper: %s" % refusal.message, file=sys.stderr)
        print("  rule: %s" % refusal.rule, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
