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


if __name__ == "__main__":
    case.main()
