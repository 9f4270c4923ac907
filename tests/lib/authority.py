"""A second writer and reader of Sealward's record, in another language: canonical JSON, statements,
SSH signatures by ssh-keygen, identity tokens, the keeper's socket. Follows docs/protocol alone, so
that what the programs say to each other is held against the pages and not against themselves."""

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


def canonical(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text)


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\0" + entry)


def now_ms():
    return int(time.time() * 1000)


class Person:
    """A human with an SSH key, signing through ssh-keygen."""

    def __init__(self, folder, name, kind="ed25519"):
        self.name = name
        self.salt = sha256(name.encode())[:16]
        self.hash = sha256(self.salt + name.encode())
        self.handle = "p" + self.hash.hex()[:16]
        self.key = os.path.join(folder, name)
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", self.key, "-C", name],
                       check=True)
        with open(self.key + ".pub") as file:
            self.blob = unb64(file.read().split()[1])

    @property
    def actor(self):
        return "person/" + self.handle

    def sign(self, text, namespace="sealward-statement"):
        run = subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", self.key, "-n", namespace],
                             input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=True)
        return unb64("".join(run.stdout.decode().split("\n")[1:-2]))

    def object(self):
        return change("person", self.handle, {
            "name": b64(self.hash),
            "authenticators": [{"key": b64(self.blob), "presence": False, "verification": False}]})


def change(kind, name, value, replaces=None):
    return {"kind": kind, "id": name, "replaces": replaces, "value": value}


class Issuer:
    """A CI service that hands out identity tokens."""

    def __init__(self, name="ci", iss="https://ci.test", alg="ES256"):
        self.name, self.iss, self.alg, self.kid = name, iss, alg, "key-1"
        self.key = (ec.generate_private_key(ec.SECP256R1()) if alg == "ES256" else
                    rsa.generate_private_key(65537, 2048))

    def object(self):
        spki = self.key.public_key().public_bytes(serialization.Encoding.DER,
                                                  serialization.PublicFormat.SubjectPublicKeyInfo)
        return change("issuer", self.name, {
            "iss": self.iss, "audience": None, "max_age": 600, "skew": 60,
            "keys": [{"kid": self.kid, "algorithm": self.alg, "key": b64(spki)}]})

    def token(self, audience, claims, **header):
        at = int(time.time())
        payload = {"iss": self.iss, "aud": audience, "iat": at, "nbf": at, "exp": at + 300}
        payload.update(claims)
        head = {"alg": self.alg, "typ": "JWT", "kid": self.kid}
        head.update(header)
        text = b".".join(base64.urlsafe_b64encode(canonical(part)).rstrip(b"=")
                         for part in (head, payload))
        if self.alg == "ES256":
            r, s = decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        else:
            signature = self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


class Session:
    """The P-256 key of one grant."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def spki(self):
        return self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, text):
        r, s = decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


# --- the keeper's socket (docs/protocol/custody.md) ----------------------------------------------

TYPES = {"STATE": 1, "SHOW": 2, "SUBMIT": 3, "SIGN_AGAIN": 4, "ENTRIES": 5, "CHECKPOINT": 7,
         "STATUS": 8, "RECONCILE": 9}
REFUSED, STATE_IS, ADMITTED, RESULT, ENTRIES_ARE, CHECKPOINT_IS, PUSH = 128, 129, 131, 132, 133, \
    135, 192
PUSH_STATUS = 193


class Refused(Exception):
    def __init__(self, why):
        super().__init__("%s %s: %s (%s)" % (why["code"], why["rule"], why["message"],
                                             why.get("hint", "")))
        self.code, self.rule, self.message = why["code"], why["rule"], why["message"]
        self.why = why


class Link:
    """One connection of a daemon, honest or not."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.socket.settimeout(30)
        self.buffer = b""
        self.tag = 0
        self.pushed = None
        self.statuses = []  # pushed, in their order

    def close(self):
        self.socket.close()

    def send_raw(self, kind, payload):
        self.socket.sendall(struct.pack(">IB", len(payload), kind) + payload)

    def receive_raw(self):
        while len(self.buffer) < 5 or len(self.buffer) < 5 + struct.unpack(
                ">I", self.buffer[:4])[0]:
            got = self.socket.recv(1 << 16)
            if not got:
                raise ConnectionError("the keeper closed the connection")
            self.buffer += got
        size = struct.unpack(">I", self.buffer[:4])[0]
        kind, payload = self.buffer[4], self.buffer[5:5 + size]
        self.buffer = self.buffer[5 + size:]
        return kind, payload

    def receive(self):
        while True:
            kind, payload = self.receive_raw()
            message = json.loads(payload)
            if kind == PUSH:
                self.pushed = unb64(message["note"])
            elif kind == PUSH_STATUS:
                self.statuses.append(message)
            else:
                return kind, message

    def post(self, name, fields):
        self.tag += 1
        message = {"tag": self.tag}
        message.update(fields)
        self.send_raw(TYPES[name], canonical(message))
        return self.tag

    def ask(self, name, **fields):
        tag = self.post(name, fields)
        kind, answer = self.receive()
        if answer["tag"] not in (tag, 0):
            raise AssertionError("answer to another question")
        if kind == REFUSED:
            raise Refused(answer)
        return answer

    def state(self):
        return self.ask("STATE")

    def submit(self, kind, body):
        return self.ask("SUBMIT", type=kind, body=body)

    def entries(self, start=0):
        found = []
        while True:
            page = self.ask("ENTRIES", **{"from": start + len(found), "max_bytes": 1 << 20})
            if not page["entries"]:
                return found
            found += [unb64(text) for text in page["entries"]]


# --- statements ----------------------------------------------------------------------------------


class Root:
    """Root hash over leaf hashes (RFC 6962), for the checkpoint that a statement names."""

    def __init__(self):
        self.leaves = []

    def add(self, entry):
        self.leaves.append(leaf_hash(entry))

    def root(self, leaves=None):
        leaves = self.leaves if leaves is None else leaves
        if not leaves:
            return sha256(b"")
        if len(leaves) == 1:
            return leaves[0]
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return sha256(b"\1" + self.root(leaves[:split]) + self.root(leaves[split:]))


def statement(kind, authority, actor, body, seen, at=None):
    return canonical({"type": kind, "authority": b64(authority), "time": at or now_ms(),
                      "seen": {"size": seen[0], "root": b64(seen[1])}, "actor": actor,
                      "body": body})


def signed(text, signature=None, token=None, consistency=None):
    return {"statement": json.loads(text),
            "evidence": {"signature": b64(signature) if signature else None, "token": token},
            "consistency": consistency}


def default_policy(officers, approver, engineer, issuer, **limits):
    everyone = [p.handle for p in officers]
    objects = [p.object() for p in officers + [approver, engineer]]
    objects += [
        change("team", "officers", {"members": everyone}),
        change("team", "approvers", {"members": [approver.handle, officers[0].handle]}),
        change("team", "engineers", {"members": [engineer.handle]}),
        issuer.object(),
        change("workload", "app-ci", {"issuer": issuer.name, "claims": [
            {"name": "repository_id", "value": "1001"},
            {"name": "environment", "value": "release"}], "keys": []}),
        change("token", "sealward-signing", {"software": True}),
    ]
    for name, approvals, binding, software, validity in (
            ("internal-package", 0, "none", True, 90), ("container-image", 1, "none", True, 90),
            ("desktop-software", 1, "after", True, 30), ("firmware", 2, "before", False, 365)):
        objects.append(change("level", name, {
            "approvals": approvals, "binding": binding, "software_token": software,
            "algorithms": ["p-256", "rsa-3072"], "validity": validity * 86400,
            "window": 86400, "count": 1000}))
    for name, level, algorithm, family, formats in (
            ("desktop", "desktop-software", "p-256", "attributes", ["pe", "cms"]),
            ("package", "internal-package", "p-256", "attributes", ["jar", "cms"]),
            ("package-rsa", "internal-package", "rsa-3072", "attributes", ["jar", "cms"]),
            ("image", "container-image", "p-256", "bare-hash", ["raw"]),
            ("board", "firmware", "p-256", "attributes", ["cms"])):
        objects.append(change("signer", name, {
            "level": level,
            "subject": {"common_name": "Example " + name, "organization": "Example",
                        "country": "DE"},
            "owner": officers[0].handle, "deputy": officers[1].handle, "algorithm": algorithm,
            "family": family, "formats": formats}))
        objects.append(change("path", name + "-release", {
            "signer": name, "workloads": ["app-ci"], "teams": ["engineers"],
            "approvers": "approvers" if level != "firmware" else "officers",
            "formats": formats, "names": ["*"], "window": 3600, "count": 100}))
    for name in ("policy", "key", "issuance", "resume", "rules", "clock"):
        objects.append(change("quorum", name, {"team": "officers", "count": 2}))
    objects.append(change("quorum", "suspend", {"team": "officers", "count": 1}))
    for first, second in (("policy.propose", "policy.approve"), ("key.propose", "key.approve"),
                          ("issuance.propose", "issuance.approve"),
                          ("grant.request", "grant.approve"), ("suspend", "resume.approve")):
        objects.append(change("duty", (first + "-" + second).replace(".", "-"),
                              {"first": first, "second": second}))
    objects.append(change("limits", "main", {
        "statement_age": limits.get("statement_age", 900000),
        "proposal_age": limits.get("proposal_age", 86400000),
        "silence": limits.get("silence", 86400000)}))
    return objects


LEVELS = ("internal-package", "container-image", "desktop-software", "firmware")

# Seconds, but for `accuracy`.
LIFE = {"renew": 3600, "warn": 1800, "alarm": 600, "unused": 0, "grace": 600, "timestamp": False}
STATUS = {"crl_every": 3600, "crl_life": 7200, "list_every": 3600, "list_life": 7200, "ratify": 3600,
          "accuracy": 1000}
CLASSES = {
    "workstation": {"reads": "list", "stale": "refuse", "grace": 60, "clock_error": 30,
                    "silence": 7200},
    "appliance": {"reads": "crl", "stale": "warn", "grace": 0, "clock_error": 60, "silence": 7200},
    "museum": {"reads": "never", "stale": "warn", "grace": 0, "clock_error": 0, "silence": 7200},
}


def policy_of_version_2(officers, life=None, status=None, levels=LEVELS, classes=None):
    """What rules version 2 adds to default_policy; `officers` decides on all of it."""
    objects = []
    for name in ("revoke", "enroll", "ratify"):
        objects.append(change("quorum", name, {"team": "officers", "count": 1}))
    for name in ("lift", "advance", "revoke-ca", "ownership", "reconfirm", "destroy", "rollover"):
        objects.append(change("quorum", name, {"team": "officers", "count": 2}))
    for level in levels:
        objects.append(change("life", level, {**LIFE, **(life or {})}))
    objects.append(change("status", "main", {**STATUS, **(status or {})}))
    for name, value in (CLASSES if classes is None else classes).items():
        objects.append(change("endpoints", name, value))
    return objects


class Brake:
    """An officer at the keeper's second socket (docs/protocol/brake.md)."""

    def __init__(self, path):
        self.link = Link(path)

    def close(self):
        self.link.close()

    def ask(self, number, fields):
        self.link.send_raw(number, canonical(fields))
        answer, payload = self.link.receive_raw()
        message = json.loads(payload)
        if answer == REFUSED:
            raise Refused(message)
        return message

    def reduce(self, kind, body):
        return self.ask(1, {"type": kind, "body": body})

    def checkpoint(self):
        return self.ask(2, {})

    def entries(self, start=0):
        return [unb64(text) for text in self.ask(
            3, {"from": start, "max_bytes": 1 << 20})["entries"]]

    def subject(self, kind, name):
        return self.ask(4, {"kind": kind, "id": name})["json"]
