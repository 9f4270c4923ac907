#!/usr/bin/env python3
"""The keeper against a daemon that has been taken over: it sends every message in every state,
replayed, reordered, altered, for another authority. No signature outside the rulebook, none hidden.
"""

import copy
import json
import os
import random
import shutil
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import Brake, statement
from world import (Link, Refused, Session, World, b64, canonical, leaf_hash, now_ms, sha256, signed,
                   unb64)


def ready(**limits):
    w = World(case.program("sealward-keeper"), **limits)
    w.run("--first")
    w.show(first=True)
    w.make_ca()
    w.key, w.certificate = w.make_signer("package")
    return w


class RedTeam(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = ready()

    @classmethod
    def tearDownClass(cls):
        cls.w.close()

    def refused(self, rule, call, *arguments, **named):
        """The call is refused for this reason, and the record has not grown."""
        before = len(self.w.follow())
        with self.assertRaises(Refused) as caught:
            call(*arguments, **named)
        self.assertEqual(len(self.w.follow()), before)
        self.assertIn(rule, (caught.exception.rule, caught.exception.code), str(caught.exception))
        return caught.exception

    # --- what only the keeper may write

    def test_entries_of_the_keeper_are_not_taken_from_outside(self):
        for text in list(self.w.follow()):
            entry = json.loads(text)
            if entry["type"] in ("genesis", "start", "key", "issuance", "clock-doubt"):
                self.refused("entry.origin", self.w.link.submit, entry["type"], entry["body"])
        for kind, body in (
                ("clock-doubt", {"reason": "step", "observed": 1}),
                ("status", {"number": 1, "list_expires": 0, "crl_next": 0}),
                ("renewal", {"certificate": 1}),
                ("destroyed", {"proposal": b64(bytes(32)), "key": b64(self.w.key), "found": 0}),
                ("reconciled", {"token": "sealward-signing", "findings": []})):
            self.refused("entry.origin", self.w.link.submit, kind, body)

    def test_a_kind_of_entry_that_nobody_knows_is_refused(self):
        self.refused("input", self.w.link.submit, "sign-this", {"digest": "AAAA"})

    # --- replays

    def test_no_recorded_entry_can_be_entered_again(self):
        s = Session()
        grant = self.w.grant(s, "package-release")
        self.w.request(s, grant, self.w.key, [{"digest": sha256(b"replay")}])
        self.w.close_grant(s, grant)
        before = len(self.w.follow())
        for text in list(self.w.follow()):
            entry = json.loads(text)
            with self.assertRaises(Refused, msg=entry["type"]):
                self.w.link.submit(entry["type"], entry["body"])
        self.assertEqual(len(self.w.follow()), before)

    def test_entries_in_another_order_are_refused(self):
        w = self.w
        officer, second, third = w.officers
        self.refused("not-found", w.say, "approval", second, {"subject": b64(sha256(b"nothing"))})
        s = Session()
        text = w.grant_text(s, "image-release")
        token = w.issuer.token("sealward:sha256:" + sha256(text).hex(), w.claims)
        grant = leaf_hash(unb64(w.submit("grant", signed(text, token=token))["entry"]))
        self.refused("grant.pending", w.request, s, grant, w.key, [{"digest": sha256(b"early")}])
        w.say("rejection", officer, {"subject": b64(grant)})
        self.refused("proposal.rejected", w.approve, w.people["approver-1"], grant)

    # --- alterations

    def test_a_request_altered_in_any_member_is_refused(self):
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release")
        good = w.request_body(s, grant, w.key, [{"digest": sha256(b"good")}])
        changes = [("key", b64(w.ca_key)), ("mechanism", "rsa-pkcs1-sha256"),
                   ("grant", b64(sha256(b"other"))), ("signature", b64(b"\1" * 64))]
        for member, value in changes:
            body = dict(good)
            body[member] = value
            with self.subTest(member), self.assertRaises(Refused):
                w.link.submit("request", body)
        for change in ({"digest": b64(sha256(b"evil"))}, {"artifact": 0},
                       {"preimages": [b64(b"x")]}):
            body = copy.deepcopy(good)
            body["items"][0].update(change)
            with self.subTest(str(change)):
                self.refused("auth", w.link.submit, "request", body)
        body = copy.deepcopy(good)
        body["items"].append({"digest": b64(sha256(b"more")), "artifact": None, "preimages": []})
        self.refused("auth", w.link.submit, "request", body)
        body = w.request_body(s, grant, w.ca_key, [{"digest": sha256(b"good")}])
        self.refused("request.key", w.link.submit, "request", body)
        body = w.request_body(s, grant, w.key, [{"digest": sha256(b"good")}], "rsa-pkcs1-sha256")
        self.refused("request.mechanism", w.link.submit, "request", body)
        w.close_grant(s, grant)

    def test_a_statement_altered_in_any_byte_is_refused(self):
        w = self.w
        body = w.state_body("proposal", w.officers[0],
                            {"kind": "rules", "detail": {"version": 1}})
        text = canonical(body["statement"])
        generator = random.Random(7)
        before = len(w.follow())
        for _ in range(200):
            at = generator.randrange(len(text))
            altered = bytearray(text)
            altered[at] ^= 1 << generator.randrange(7)
            try:
                inner = json.loads(bytes(altered))
            except ValueError:
                continue
            changed = dict(body)
            changed["statement"] = inner
            with self.assertRaises(Refused):
                w.link.submit("proposal", changed)
        self.assertEqual(len(w.follow()), before)

    def test_a_session_of_another_grant_signs_nothing(self):
        w = self.w
        mine, other = Session(), Session()
        grant = w.grant(mine, "package-release")
        self.refused("auth", w.request, other, grant, w.key, [{"digest": sha256(b"x")}])
        w.close_grant(mine, grant)
        self.refused("grant.closed", w.request, mine, grant, w.key, [{"digest": sha256(b"x")}])

    def test_what_was_signed_for_another_authority_is_refused(self):
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release")
        body = w.request_body(s, grant, w.key, [{"digest": sha256(b"x")}],
                              authority=sha256(b"another authority"))
        self.refused("auth", w.link.submit, "request", body)
        w.close_grant(s, grant)
        text = statement("proposal", sha256(b"another authority"), w.officers[0].actor,
                         {"kind": "rules", "detail": {"version": 2}}, w.seen())
        self.refused("statement.authority", w.link.submit, "proposal",
                     signed(text, w.officers[0].sign(text)))

    def test_a_signature_in_another_namespace_is_no_statement(self):
        w = self.w
        text = statement("proposal", w.authority, w.officers[0].actor,
                         {"kind": "rules", "detail": {"version": 2}}, w.seen())
        self.refused("auth", w.link.submit, "proposal",
                     signed(text, w.officers[0].sign(text, "file")))

    def test_a_token_for_another_statement_opens_nothing(self):
        w = self.w
        s = Session()
        text = w.grant_text(s, "package-release")
        stolen = w.issuer.token("sealward:sha256:" + sha256(b"another grant").hex(), w.claims)
        self.refused("auth", w.link.submit, "grant", signed(text, token=stolen))
        token = w.issuer.token("sealward:sha256:" + sha256(text).hex(),
                               dict(w.claims, repository_id="1002"))
        why = self.refused("identity.claim", w.link.submit, "grant", signed(text, token=token))
        self.assertIn("repository_id", why.message)
        self.assertIn("1001", why.message)
        self.assertIn("1002", why.message)

    # --- suspension

    def test_after_a_suspension_the_daemon_gets_nothing_more(self):
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release")
        done = w.request(s, grant, w.key, [{"digest": sha256(b"before")}])
        kept = w.request_body(s, grant, w.key, [{"digest": sha256(b"kept back")}])
        brake = Brake(w.keeper.brake)
        subject = brake.subject("key", w.key.hex())
        body = w.state_body("suspend", w.officers[0], {
            "subject": "key", "id": w.key.hex(), "activation": subject["activated"],
            "reason": "drill"})
        self.assertEqual(brake.reduce("suspend", body)["outcome"], "entered")
        w.follow()
        self.refused("key.suspended", w.link.submit, "request", kept)
        self.refused("key.suspended", w.link.ask, "SIGN_AGAIN", entry=done["index"], item=0)
        suspension = leaf_hash(w.texts[-1])
        first, second, third = w.officers
        leaf = w.propose(second, "resume", {"subject": "key", "id": w.key.hex(),
                                            "suspension": b64(suspension)})
        self.refused("duty.suspend/resume.approve", w.approve, first, leaf)
        self.refused("approval.team", w.approve, w.people["approver-1"], leaf)
        w.approve(third, leaf)
        # Two officers besides the one who suspended are needed: the proposer is one of them.
        w.approve(second, leaf)
        with self.assertRaises(Refused):
            brake.reduce("suspend", body)
        brake.close()
        w.request(s, grant, w.key, [{"digest": sha256(b"after")}])
        w.close_grant(s, grant)

    def test_the_second_socket_takes_only_what_reduces_trust(self):
        w = self.w
        brake = Brake(w.keeper.brake)
        body = w.state_body("proposal", w.officers[0],
                            {"kind": "rules", "detail": {"version": 2}})
        with self.assertRaises(Refused) as caught:
            brake.reduce("proposal", body)
        self.assertEqual(caught.exception.rule, "brake.reducing")
        brake.close()

    # --- frames

    def test_broken_frames_end_the_connection_and_nothing_else(self):
        w = self.w
        for garbage in (b"\0", struct.pack(">IB", 1 << 30, 3), struct.pack(">IB", 10 << 20, 3) +
                        b"x" * 100000, os.urandom(4096)):
            link = Link(w.keeper.socket)
            try:
                link.socket.sendall(garbage)
            except OSError:
                pass
            link.close()
        for kind in range(256):
            link = Link(w.keeper.socket)
            link.send_raw(kind, b'{"tag":1}')
            link.send_raw(kind, b"not json")
            link.send_raw(kind, b"")
            link.close()
        self.assertTrue(w.link.state()["started"])

    def test_a_daemon_that_reads_no_answers_stops_nobody(self):
        w = self.w
        deaf = Link(w.keeper.socket)
        deaf.socket.setblocking(False)
        question = canonical({"tag": 1, "from": 0, "max_bytes": 1 << 20})
        frame = struct.pack(">IB", len(question), 5) + question
        for _ in range(5000):
            try:
                deaf.socket.send(frame)
            except BlockingIOError:
                break
        self.assertTrue(w.link.state()["started"])
        deaf.close()

    # --- none hidden

    def test_every_signature_given_stands_in_the_signed_record(self):
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release")
        digests = [sha256(b"item %d" % n) for n in range(5)]
        answer = w.request(s, grant, w.key, [{"digest": d} for d in digests])
        self.assertEqual(len(answer["results"]), 5)
        w.close_grant(s, grant)
        note = w.checkpoint()
        size, root = note.decode().split("\n")[1:3]
        self.assertEqual(w.record.root(w.record.leaves[:int(size)]), unb64(root))
        recorded = [item["digest"] for text in w.texts if json.loads(text)["type"] == "request"
                    for item in json.loads(text)["body"]["items"]]
        for digest in digests:
            self.assertIn(b64(digest), recorded)


class Gate(unittest.TestCase):
    """What a keeper does before its start is complete, and what it takes for a start."""

    def setUp(self):
        self.w = ready()

    def tearDown(self):
        self.w.close()

    def stopped(self):
        note = self.w.checkpoint()
        self.w.link.close()
        self.w.keeper.stop()
        return note

    def test_before_its_start_the_keeper_can_only_withhold(self):
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release")
        body = w.request_body(s, grant, w.key, [{"digest": sha256(b"x")}])
        note = self.stopped()
        w.run()
        for call in (lambda: w.link.submit("request", body),
                     lambda: w.link.ask("SIGN_AGAIN", entry=0, item=0)):
            with self.assertRaises(Refused) as caught:
                call()
            self.assertEqual(caught.exception.code, "state")
        self.assertEqual(len(w.link.entries()), len(w.texts))
        with self.assertRaises(Refused) as caught:
            w.link.ask("SHOW", note=None, first=True)
        self.assertEqual(caught.exception.rule, "start.checkpoint")
        foreign = note.replace(b"example.test/log\n", b"other.test/log\n", 1)
        with self.assertRaises(Refused):
            w.link.ask("SHOW", note=b64(foreign), first=False)
        brake = Brake(w.keeper.brake)
        subject = brake.subject("key", w.key.hex())
        text = statement("suspend", w.authority, w.officers[0].actor, {
            "subject": "key", "id": w.key.hex(), "activation": subject["activated"],
            "reason": "drill"}, (len(w.texts), w.record.root()))
        answer = brake.reduce("suspend", signed(text, w.officers[0].sign(text)))
        self.assertEqual(answer["outcome"], "withheld")
        brake.close()
        w.link.close()
        w.keeper.kill()
        w.run()
        w.show(note)
        with self.assertRaises(Refused) as caught:
            w.link.submit("request", body)
        self.assertEqual(caught.exception.rule, "key.suspended")

    def test_a_journal_that_is_older_than_what_was_published_is_refused(self):
        w = self.w
        note = self.stopped()
        old = w.keeper.journal + ".old"
        shutil.copytree(w.keeper.journal, old)
        w.run()
        w.show(note)
        w.grant(Session(), "package-release")
        newest = self.stopped()
        shutil.rmtree(w.keeper.journal)
        shutil.copytree(old, w.keeper.journal)
        w.run()
        with self.assertRaises(Refused) as caught:
            w.link.ask("SHOW", note=b64(newest), first=False)
        self.assertEqual(caught.exception.code, "damaged")
        self.assertIn("older", caught.exception.message)

    def test_an_edited_journal_is_refused(self):
        w = self.w
        self.stopped()
        path = os.path.join(w.keeper.journal, "journal")
        with open(path, "r+b") as file:
            content = file.read()
            at = content.index(b'"type":"ceremony"')
            file.seek(at + 9)
            file.write(b"C")
        w.keeper.start(wait=False)
        self.assertNotEqual(w.keeper.process.wait(20), 0)
        self.assertIn("damaged", w.keeper.messages())
        w.keeper.process = None


if __name__ == "__main__":
    case.main()
