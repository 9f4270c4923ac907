#!/usr/bin/env python3
"""The keeper killed, or its disk failing, at every numbered point of the way. After each: the
restart is clean, nothing acknowledged is lost, no signature stands without its durable entry, and a
retried request is counted once.

With a number as second argument, that many kills at random moments follow.
"""

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
from world import Refused, Session, World, b64, leaf_hash, sha256, unb64

RANDOM_KILLS = 25


class Ledger:
    """What the keeper has acknowledged."""

    def __init__(self):
        self.entries = {}
        self.signatures = 0
        self.note = None

    def add(self, answer):
        text = self.entries[answer["index"]] = unb64(answer["entry"])
        if json.loads(text)["type"] == "request":
            self.signatures += len(answer["results"])
        return answer


class Journey:
    """One way through everything that an entry of each kind needs; stops where the keeper dies."""

    def __init__(self, w, ledger):
        self.w, self.ledger = w, ledger
        self.session = Session()
        self.requests = []

    def submit(self, kind, body):
        answer = self.ledger.add(self.w.link.submit(kind, body))
        if self.w.link.pushed:
            self.ledger.note = self.w.link.pushed
        self.w.follow()
        return answer

    def go(self):
        w = self.w
        w.submit = self.submit
        w.show(self.ledger.note)
        ended, _ = w.make_signer("desktop")
        grant = w.grant(self.session, "package-release")
        for n in range(3):
            body = w.request_body(self.session, grant, w.key,
                                  [{"digest": sha256(b"%d.%d" % (n, i))} for i in range(2)])
            self.requests.append(body)
            self.submit("request", body)
        self.again()
        self.timestamp()
        self.end(ended)
        self.brake()

    def again(self):
        for index, text in sorted(self.ledger.entries.items()):
            if json.loads(text)["type"] == "request":
                self.w.link.ask("SIGN_AGAIN", entry=index, item=1)
                return

    def timestamp(self):
        w = self.w
        self.submit("timestamp", {
            "key": b64(w.timestamp_key), "certificate": w.number_of(w.timestamp_certificate),
            "algorithm": "sha256", "imprint": b64(sha256(b"stamped")), "nonce": None,
            "accuracy": 1000})

    def end(self, key):
        """A key is revoked, that is published, and the key is destroyed."""
        w = self.w
        brake = Brake(w.keeper.brake)
        activation = brake.subject("key", key.hex())["activated"]
        brake.close()
        index = self.submit("revoke", w.state_body("revoke", w.officers[0], {
            "subject": "key", "id": key.hex(), "activation": activation,
            "reason": "superseded", "effective": 0, "note": "drill"}))["index"]
        w.wait_status(index)
        w.decide("destroy", {"key": b64(key)})
        w.wait_entry("destroyed", index)

    def brake(self):
        w = self.w
        brake = Brake(w.keeper.brake)
        body = w.state_body("suspend", w.officers[0], {
            "subject": "key", "id": w.key.hex(), "activation":
            brake.subject("key", w.key.hex())["activated"], "reason": "drill"})
        brake.reduce("suspend", body)
        brake.close()


class Stamp(Journey):
    """A timestamp alone."""

    def go(self):
        self.w.submit = self.submit
        self.w.show(self.ledger.note)
        self.timestamp()


class Crash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        w = cls.w = World(case.program("sealward-keeper"), rules=2)
        w.run("--first")
        w.show(first=True)
        w.make_ca()
        w.make_authorities()
        w.key, _ = w.make_signer("package")
        cls.note = w.checkpoint()
        w.link.close()
        w.keeper.stop()
        cls.pristine = w.folder + ".pristine"
        for path in (w.keeper.socket, w.keeper.brake):
            os.unlink(path)
        shutil.copytree(w.folder, cls.pristine)
        cls.honest_submit = staticmethod(w.submit)

    @classmethod
    def tearDownClass(cls):
        cls.w.close()
        shutil.rmtree(cls.pristine, ignore_errors=True)

    def setUp(self):
        self.begin()

    def begin(self):
        w = self.w
        self.wipe(w.folder)
        shutil.copytree(self.pristine, w.folder)
        del w.texts[:]
        w.record.leaves = []
        self.ledger = Ledger()
        self.ledger.note = self.note

    def wipe(self, folder):
        """Workers of a killed keeper may still write to their token for a moment."""
        end = time.time() + 20
        while self.at_work(folder) and time.time() < end:
            time.sleep(0.01)
        shutil.rmtree(folder, ignore_errors=True)

    def at_work(self, folder):
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    line = file.read()
            except OSError:
                continue
            if self.w.program.encode() in line and folder.encode() in line:
                return True
        return False

    def points(self):
        run = subprocess.run([self.w.program, "--faults"], stdout=subprocess.PIPE)
        if run.returncode != 0:
            self.skipTest("this build has no fault points")
        return run.stdout.decode().split()

    def travel(self, *options, way=Journey):
        """Goes the way until the keeper ends; True if it came through."""
        journey = way(self.w, self.ledger)
        try:
            self.w.keeper.start(*options)
        except RuntimeError:
            return False, journey
        try:
            from world import Link
            self.w.link = Link(self.w.keeper.socket)
            journey.go()
            return True, journey
        except (ConnectionError, OSError, RuntimeError):
            return False, journey

    def ended(self):
        process = self.w.keeper.process
        if process is not None:
            if process.poll() is None:
                process.kill()
            process.wait(20)
        self.w.keeper.process = None
        if self.w.link:
            self.w.link.close()

    def settle(self, journey, why):
        """The restart is clean and has everything that was acknowledged."""
        w = self.w
        w.submit = self.honest_submit
        del w.texts[:]
        w.record.leaves = []
        w.run()
        state = w.show(self.ledger.note)
        self.assertTrue(state["started"], why)
        texts = w.texts
        for index, text in self.ledger.entries.items():
            self.assertEqual(texts[index], text, why)
        self.assertEqual(w.record.root(w.record.leaves[:state["size"]]), unb64(state["root"]), why)
        recorded = [text for text in texts if json.loads(text)["type"] == "request"]
        self.assertGreaterEqual(2 * len(recorded), self.ledger.signatures, why)
        for body in journey.requests:
            self.retried_once(body, why)
        self.goes_on(why)
        w.link.close()
        self.assertEqual(w.keeper.stop(), 0, why + w.keeper.messages())

    def goes_on(self, why):
        """What was revoked is published; what was to be destroyed is."""
        w = self.w
        entries = [json.loads(text) for text in w.follow()]
        start = max(entry["index"] for entry in entries if entry["type"] == "start")
        w.wait_status(start)
        details = [entry["body"]["statement"]["body"] for entry in entries
                   if entry["type"] == "proposal"]
        asked = any(detail["kind"] == "destroy" for detail in details)
        approvals = [entry for entry in entries if entry["type"] == "approval"]
        if asked and len(approvals) >= 2 * len(details):
            w.wait_entry("destroyed", 0)

    def retried_once(self, body, why):
        """The same request again is refused, naming its entry, unless it never got in."""
        w = self.w
        try:
            w.submit("request", body)
        except Refused as refused:
            self.assertIn(refused.rule, ("request.repeated", "key.suspended"), why)
        digests = [b64(unb64(item["digest"])) for item in body["items"]]
        found = sum(1 for text in w.follow() if json.loads(text)["type"] == "request" and
                    [item["digest"] for item in json.loads(text)["body"]["items"]] == digests)
        self.assertLessEqual(found, 1, why)

    def test_killed_at_every_point_nothing_acknowledged_is_lost(self):
        reached = 0
        for point in self.points():
            for passing in (1, 2, 5):
                self.begin()
                why = "%s:%d:kill" % (point, passing)
                through, journey = self.travel("--fault", why)
                self.ended()
                self.settle(journey, why)
                if through:
                    break
                reached += 1
        self.assertGreater(reached, 20)

    def test_a_timestamp_killed_before_its_signature_stands_in_the_record_and_another_is_given(self):
        for point, recorded in (("journal_before_write:3", 0), ("record_committed:3", 1),
                                ("ask_signed:1", 1)):
            self.begin()
            why = point + ":kill"
            through, journey = self.travel("--fault", why, way=Stamp)
            self.assertFalse(through, why)
            self.ended()
            self.settle(journey, why)
            kinds = [json.loads(text)["type"] for text in self.w.texts]
            self.assertEqual(kinds.count("timestamp"), recorded, why)
            through, journey = self.travel(way=Stamp)
            self.assertTrue(through, self.w.keeper.messages())
            self.assertEqual(len(self.ledger.entries), 1)
            self.ended()

    def test_a_failing_disk_ends_the_keeper_with_a_message_and_loses_nothing(self):
        for point in self.points():
            if not point.startswith("journal"):
                continue
            for action in ("eio", "enospc", "short"):
                self.begin()
                why = "%s:1:%s" % (point, action)
                through, journey = self.travel("--fault", why)
                if not through:
                    self.assertNotEqual(self.w.keeper.process.wait(20), 0, why)
                    self.assertIn("event=ended", self.w.keeper.messages(), why)
                self.ended()
                self.settle(journey, why)

    def test_killed_at_random_moments_nothing_acknowledged_is_lost(self):
        generator = random.Random(11)
        for n in range(RANDOM_KILLS):
            self.begin()
            delay = generator.uniform(0, 0.35)
            killer = threading.Timer(delay, lambda: self.w.keeper.process and
                                     self.w.keeper.process.kill())
            killer.start()
            _, journey = self.travel()
            killer.cancel()
            self.ended()
            self.settle(journey, "kill %d after %.3f s" % (n, delay))

    def test_a_full_disk_ends_the_keeper_with_a_message_and_the_restart_is_clean(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small file system needs root")
        w = self.w
        small = w.keeper.journal
        kept = small + ".kept"
        os.rename(small, kept)
        os.makedirs(small)
        size = sum(os.stat(os.path.join(kept, name)).st_blocks * 512 for name in os.listdir(kept))
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % (size + 65536), "none",
                           small], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("this machine mounts no tmpfs")
        try:
            subprocess.run(["cp", "--sparse=never", "-r", kept + "/.", small], check=True)
            subprocess.run(["dd", "if=/dev/zero", "of=" + os.path.join(small, "fill"), "bs=4096"],
                           stderr=subprocess.DEVNULL)
            through, journey = self.travel()
            self.ended()
            os.unlink(os.path.join(small, "fill"))
            self.settle(journey, "full disk")
        finally:
            subprocess.run(["umount", small])


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[2].isdigit():
        RANDOM_KILLS = int(sys.argv.pop(2))
    case.main()
