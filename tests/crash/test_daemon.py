#!/usr/bin/env python3
"""The daemon, and both processes together, killed at every numbered point and at random moments.
What was acknowledged over HTTP is in the record and can be read again, the public checkpoint never
goes back, a retried request is counted once, and an audit of the public files holds.
"""

import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import Brake
from daemon import Daemon, Problem
from world import Link, Session, World, b64, leaf_hash, sha256, unb64

RANDOM_KILLS = 12
GONE = (OSError, http.client.HTTPException, ConnectionError, RuntimeError)


class Crash(unittest.TestCase):
    def setUp(self):
        self.w = World(case.program("sealward-keeper"))
        self.w.run("--first")
        self.w.show(first=True)
        self.w.make_ca()
        self.key, _ = self.w.make_signer("package")
        self.d = Daemon(case.program("sealwardd"), self.w)
        log = os.path.join(self.d.public, "log")
        os.makedirs(log, exist_ok=True)
        with open(os.path.join(log, "checkpoint"), "wb") as file:
            file.write(self.w.checkpoint())
        self.acknowledged = {}
        self.requests = []
        self.highest = 0

    def tearDown(self):
        self.d.kill()
        self.w.close()

    def submit(self, kind, body):
        answer = self.d.submit(kind, body)
        self.acknowledged[answer["index"]] = answer["entry"]
        return answer

    def journey(self):
        """A grant and some requests, over HTTP alone."""
        session = Session()
        text = self.grant_text(session)
        token = self.w.issuer.token("sealward:sha256:" + sha256(text).hex(), self.w.claims)
        grant = leaf_hash(unb64(self.submit("grant", {
            "statement": json.loads(text), "evidence": {"signature": None, "token": token},
            "consistency": None})["entry"]))
        for _ in range(4):
            body = self.w.request_body(session, grant, self.key, [
                {"digest": sha256(os.urandom(16))} for _ in range(2)])
            self.requests.append(body)
            answer = self.submit("request", body)
            self.assertEqual(len(answer["results"]), 2)

    def grant_text(self, session):
        from authority import statement
        head = self.d.get("/v1/authority")
        return statement("grant", self.w.authority, "workload/app-ci", {
            "path": "package-release", "artifacts": [], "count": 20, "window": 600,
            "session": b64(session.spki)}, (head["size"], unb64(head["root"])))

    def published(self):
        with open(os.path.join(self.d.public, "log", "checkpoint")) as file:
            return int(file.read().split("\n")[1])

    def settle(self, why):
        """Both run; what was acknowledged can be read, and retries are counted once."""
        size = self.published()
        self.assertGreaterEqual(size, self.highest, why)
        for index, entry in self.acknowledged.items():
            self.assertEqual(self.d.get("/v1/entries/%d" % index)["entry"], entry, why)
        for body in self.requests:
            try:
                self.submit("request", body)
            except Problem as problem:
                self.assertEqual(problem.rule, "request.repeated", "%s: %s" % (why, problem))
                again = self.d.call("POST", "/v1/again", {
                    "entry": problem.document["entry"], "item": 0})
                self.assertEqual(len(unb64(again["signature"])), 64, why)
        recorded = [json.dumps(json.loads(text)["body"]["items"]) for text in
                    self.w.link.entries() if json.loads(text)["type"] == "request"]
        self.assertEqual(len(recorded), len(set(recorded)), why)
        self.highest = size

    def audit(self, why):
        head = self.w.link.state()["size"]
        end = time.time() + 30
        while self.published() < head and time.time() < end:
            time.sleep(0.05)
        run = subprocess.run([case.program("sealward"), "audit", os.path.join(self.d.public, "log"),
                              "--authority",
                              self.w.authority_file()], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        self.assertEqual(run.returncode, 0, why + run.stdout.decode())

    def points(self):
        run = subprocess.run([self.d.program, "--faults"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        if run.returncode != 0:
            self.skipTest("this build has no fault points")
        return run.stdout.decode().split()

    def travel(self, *options):
        try:
            self.d.start(*options)
            self.journey()
            time.sleep(0.2)
            return self.d.process.poll() is None
        except GONE:
            return False

    def test_the_daemon_killed_at_every_point_loses_nothing(self):
        reached = 0
        for point in self.points():
            for passing in (1, 3):
                why = "%s:%d:kill" % (point, passing)
                through = self.travel("--fault", why)
                self.d.kill()
                self.d.start()
                self.settle(why)
                self.d.kill()
                if through:
                    break
                reached += 1
        self.d.start()
        self.audit("after every point")
        self.assertGreater(reached, 5)

    def test_both_killed_at_random_moments_lose_nothing(self):
        generator = random.Random(5)
        for n in range(RANDOM_KILLS):
            self.d.start()
            delay = generator.uniform(0, 0.15)

            def kill():
                time.sleep(delay)
                for process in (self.w.keeper.process, self.d.process):
                    process.kill()

            killer = threading.Thread(target=kill)
            killer.start()
            try:
                while killer.is_alive():
                    self.journey()
            except GONE:
                pass
            except Problem as problem:
                self.assertIn(problem.status, (502, 503, 500), str(problem))
            killer.join()
            self.w.keeper.process.wait(20)
            self.d.kill()
            self.w.link.close()
            self.w.keeper.start()
            self.w.link = Link(self.w.keeper.socket)
            self.d.start()
            self.settle("kill %d after %.3f s" % (n, delay))
            self.d.kill()
        self.d.start()
        self.audit("after random kills")

    def test_an_index_that_is_lost_is_rebuilt(self):
        self.d.start()
        self.journey()
        self.d.stop()
        for name in os.listdir(self.d.state):
            if name.startswith("index"):
                os.unlink(os.path.join(self.d.state, name))
        self.d.start()
        self.settle("index lost")
        digest = unb64(self.requests[0]["items"][0]["digest"]).hex()
        found = self.d.get("/v1/search?kind=tbs&key=" + digest)["entries"]
        self.assertEqual(len(found), 1)

    def test_a_clean_stop_answers_what_it_admitted(self):
        self.d.start()
        results = []

        def client():
            try:
                self.journey()
                results.append(True)
            except Problem as problem:
                results.append(problem.status)
            except GONE:
                results.append(None)

        threads = [threading.Thread(target=client) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        self.assertEqual(self.d.stop(), 0)
        for thread in threads:
            thread.join()
        self.d.start()
        self.settle("clean stop")


class Publishing(unittest.TestCase):
    """Killed while it writes the files of a status: after the next start they stand there."""

    def setUp(self):
        self.w = World(case.program("sealward-keeper"), rules=2)
        self.w.run("--first")
        self.w.show(first=True)
        self.w.make_ca()
        self.w.make_authorities()
        self.d = Daemon(case.program("sealwardd"), self.w)
        log = os.path.join(self.d.public, "log")
        os.makedirs(log, exist_ok=True)
        with open(os.path.join(log, "checkpoint"), "wb") as file:
            file.write(self.w.checkpoint())

    def tearDown(self):
        self.d.kill()
        self.w.close()

    def revoke(self):
        key, _ = self.w.make_signer("package")
        brake = Brake(self.w.keeper.brake)
        activation = brake.subject("key", key.hex())["activated"]
        brake.close()
        self.w.submit("revoke", self.w.state_body("revoke", self.w.officers[0], {
            "subject": "key", "id": key.hex(), "activation": activation,
            "reason": "keyCompromise", "effective": 0, "note": "drill"}))
        return key

    def listed(self, key, seconds=20):
        end = time.time() + seconds
        while time.time() < end:
            try:
                with open(os.path.join(self.d.public, "distrust", "list"), "rb") as file:
                    if key in file.read():
                        return True
            except OSError:
                pass
            time.sleep(0.02)
        return False

    def test_killed_while_it_publishes_a_status(self):
        run = subprocess.run([self.d.program, "--faults"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        if run.returncode != 0:
            self.skipTest("this build has no fault points")
        points = [p for p in run.stdout.decode().split() if p.startswith("status_")]
        self.assertEqual(len(points), 2)
        for point in points:
            for passing in (1, 2, 3):
                why = "%s:%d:kill" % (point, passing)
                self.d.start("--fault", why, wait=False)
                key = self.revoke()
                self.d.process.wait(30)
                self.d.kill()
                self.d.start()
                self.assertTrue(self.listed(key), why)
                self.d.kill()


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[2].isdigit():
        RANDOM_KILLS = int(sys.argv.pop(2))
    case.main()
