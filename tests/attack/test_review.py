#!/usr/bin/env python3
"""What a hostile reading of rulebook and keeper found, each with the attack that showed it."""

import json
import os
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import Brake, change
from world import Link, Refused, Session, World, b64, canonical, leaf_hash, sha256, signed, unb64


def ready(**limits):
    w = World(case.program("sealward-keeper"), **limits)
    w.run("--first")
    w.show(first=True)
    w.make_ca()
    return w


def frame(kind, message):
    payload = canonical(message)
    return struct.pack(">IB", len(payload), kind) + payload


class Attack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = ready()
        cls.key, _ = cls.w.make_signer("package")

    @classmethod
    def tearDownClass(cls):
        cls.w.close()

    def refused(self, rule, call, *arguments, **named):
        before = len(self.w.follow())
        with self.assertRaises(Refused) as caught:
            call(*arguments, **named)
        self.assertEqual(len(self.w.follow()), before)
        self.assertEqual(rule, caught.exception.rule, str(caught.exception))
        return caught.exception

    # --- the second socket stays in reach

    def test_a_daemon_with_many_connections_leaves_room_for_an_officer(self):
        w = self.w
        held = [Link(w.keeper.socket) for _ in range(64)]
        time.sleep(1)
        try:
            brake = Brake(w.keeper.brake)
            self.assertEqual(json.loads(canonical(brake.subject("key", self.key.hex())))["id"],
                             b64(self.key))
            brake.close()
        finally:
            for link in held:
                link.close()

    def test_a_daemon_with_many_questions_delays_no_officer(self):
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release", count=100)
        w.request(s, grant, self.key, [{"digest": sha256(b"weight %d" % n)} for n in range(100)])
        flood = [Link(w.keeper.socket) for _ in range(8)]
        questions = b"".join(frame(1, {"tag": 1}) for _ in range(4000))
        for link in flood:
            link.socket.setblocking(False)
            try:
                link.socket.send(questions)
            except BlockingIOError:
                pass
        time.sleep(0.05)
        brake = Brake(w.keeper.brake)
        begin = time.time()
        brake.subject("key", self.key.hex())
        took = time.time() - begin
        brake.close()
        for link in flood:
            link.close()
        self.assertLess(took, 2.0)
        w.close_grant(s, grant)

    # --- one ask, one signature

    def test_a_request_that_the_keeper_builds_for_is_not_carried_out_twice(self):
        w = self.w
        s = Session()
        artifact = {"name": "app.bin", "format": "cms", "algorithm": "sha256",
                    "digest": b64(sha256(b"app"))}
        grant = w.grant(s, "package-release", [artifact], count=5)
        body = w.request_body(s, grant, self.key, [{"artifact": 0}])
        first = w.submit("request", body)
        time.sleep(1.1)
        why = self.refused("request.repeated", w.link.submit, "request", body)
        self.assertEqual(why.why["entry"], first["index"])
        again = w.link.ask("SIGN_AGAIN", entry=first["index"], item=0)
        self.assertEqual(again["extra"], first["results"][0]["extra"])
        # Another item that names the artifact by what the client built itself is another thing.
        w.request(s, grant, self.key, [{"digest": sha256(b"own attributes")}])
        w.close_grant(s, grant)

    # --- policy that has changed under an open grant

    def replace(self, kind, name, **members):
        """A policy change that replaces some members of an object."""
        objects = json.loads(self.w.genesis)["policy"]
        old = next(o["value"] for o in objects if (o["kind"], o["id"]) == (kind, name))
        return change(kind, name, dict(old, **members), b64(sha256(canonical(old))))

    def test_an_open_grant_signs_no_format_that_its_path_has_lost(self):
        w = self.w
        s = Session()
        artifact = {"name": "app.bin", "format": "raw", "algorithm": "sha256",
                    "digest": b64(sha256(b"app"))}
        key, _ = w.make_signer("image")
        grant = w.grant(s, "image-release", [artifact])
        w.approve(w.people["approver-1"], grant)
        w.decide("policy", {"changes": [
            self.replace("path", "image-release", names=["container-*"])]})
        self.refused("grant.name", w.request, s, grant, key, [{"digest": sha256(b"app")}])
        w.close_grant(s, grant)

    # --- keys that are not to be used

    def test_a_suspended_key_gets_no_certificate(self):
        w = self.w
        key, leaf = w.make_key(None)
        after = len(w.follow())
        w.decide("issuance", {
            "key": b64(key), "profile": "issuing-ca", "signer": None,
            "subject": {"common_name": "Example Second CA", "organization": "Example",
                        "country": "DE"}, "validity": 86400 * 365})
        w.wait_entry("issuance", after)
        out = w.ceremony("certify")
        with open(os.path.join(out, "certificate-0.json"), "rb") as file:
            certificate = json.loads(file.read())
        w.say("suspend", w.officers[0], {"subject": "key", "id": key.hex(),
                                         "activation": b64(leaf), "reason": "drill"})
        self.refused("issuance.key", w.link.submit, "certificate", certificate)

    def test_no_key_is_generated_for_a_proposal_that_policy_has_overtaken(self):
        w = self.w
        before = self.keys_on_token()
        first, second, third = w.officers
        detail = {"role": "signer", "signer": "package-rsa", "token": "sealward-signing",
                  "algorithm": "rsa-3072"}
        proposal = w.propose(first, "key", detail)
        w.approve(second, proposal)
        overtaking = w.propose(first, "policy", {"changes": [
            self.replace("signer", "package-rsa", algorithm="p-256")]})
        w.approve(second, overtaking)
        self.submit_at_once(*(("approval",
                               w.state_body("approval", third, {"subject": b64(leaf)}))
                              for leaf in (proposal, overtaking)))
        self.assertEqual(self.keys_on_token(), before)

    def submit_at_once(self, *entries):
        """In one write, so that the keeper commits them together."""
        link = Link(self.w.keeper.socket)
        link.socket.sendall(b"".join(frame(3, {"tag": n, "type": kind, "body": body})
                                     for n, (kind, body) in enumerate(entries)))
        time.sleep(1.5)
        link.close()

    def keys_on_token(self):
        return sum(name.endswith(".object") for folder, _, names in
                   os.walk(self.w.keeper.tokens) for name in names)


if __name__ == "__main__":
    case.main()
