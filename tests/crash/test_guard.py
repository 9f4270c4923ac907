#!/usr/bin/env python3
"""The guard killed, or its disk failing, at every numbered point of its way. After each: what it holds
is what it held or what is newer, nothing was confirmed that it does not hold, the next round is
clean."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from endpoint import Endpoint
from publisher import Publisher, Server

# Passings of a point in one journey: the standing is written several times.
PASSINGS = (1, 2, 3)


class Crash(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sealward-guard-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.p = Publisher()
        self.s = Server(self.p)
        self.addCleanup(self.s.close)
        self.g = Endpoint(self.folder, self.s.url, self.p)
        self.pristine = self.g.folder + ".pristine"

    def points(self):
        run = subprocess.run([case.program("sealward-guard"), "--faults"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        if run.returncode != 0:
            self.skipTest("this build has no fault points")
        return run.stdout.decode().split()

    def begin(self, held):
        """An endpoint that holds nothing, or list 1; and list 2 of a longer log to be had."""
        self.p.__init__()
        del self.s.confirmations[:]
        shutil.rmtree(self.folder)
        os.makedirs(self.folder)
        self.g = Endpoint(self.folder, self.s.url, self.p)
        if held:
            self.p.publish(1)
            self.assertEqual(self.g.once().returncode, 0)
        self.p.grow(300)
        self.p.publish(2)

    def confirmed(self):
        return [json.loads(text)["confirmation"] for text in self.s.confirmations]

    def settle(self, held, why):
        """Never older, never confirmed what is not held; then the next round does the rest."""
        status = self.g.status()
        self.assertEqual(status["doubt"], "none", why)
        if held:
            self.assertIn(status["number"], (1, 2), why)
        for said in self.confirmed():
            self.assertLessEqual(said["number"], status["number"], why)
            self.assertLessEqual(said["size"], status["size"], why)
        done = self.g.once()
        self.assertEqual(done.returncode, 0, why + done.stderr)
        status = self.g.status()
        self.assertEqual((status["number"], status["size"], status["confirmed"]), (2, 310, 2), why)
        self.assertEqual(self.confirmed()[-1]["number"], 2, why)
        left = [name for name in os.listdir(self.g.folder)
                if name.startswith(("list.", "standing.json."))]
        self.assertEqual(left, [], why)

    def journey(self, point, action, held):
        """Until it comes through without the point's being passed so often."""
        reached = 0
        for passing in PASSINGS:
            why = "%s:%d:%s held=%s " % (point, passing, action, held)
            self.begin(held)
            done = self.g.call("run", "--once", "--fault", why.split()[0])
            if action == "kill" and done.returncode == 137:
                reached += 1
            elif done.returncode != 0:
                self.assertEqual(done.returncode, 2, why + done.stderr)
                self.assertRegex(done.stderr, "(No space left|Input/output error)", why)
                reached += 1
            self.settle(held, why)
            if done.returncode == 0:
                break
        return reached

    def test_killed_at_every_point_it_holds_what_it_held_or_what_is_newer(self):
        reached = sum(self.journey(point, "kill", held) for point in self.points()
                      for held in (False, True))
        self.assertGreater(reached, 12)

    def test_a_disk_that_fails_or_is_full_is_said_and_loses_nothing(self):
        reached = sum(self.journey(point, action, True) for point in self.points()
                      if "before" in point for action in ("eio", "enospc", "short"))
        self.assertGreater(reached, 6)

    def test_a_full_disk_leaves_the_list_that_is_held(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small file system needs root")
        small = self.g.folder
        kept = small + ".kept"
        os.rename(small, kept)
        os.makedirs(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "none", small],
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("this machine mounts no tmpfs")
        try:
            subprocess.run(["cp", "-r", kept + "/.", small], check=True)
            self.p.publish(1)
            self.assertEqual(self.g.once().returncode, 0)
            subprocess.run(["dd", "if=/dev/zero", "of=" + small + "/fill", "bs=4096"],
                           stderr=subprocess.DEVNULL)
            self.p.grow(300)
            self.p.publish(2)
            done = self.g.once()
            self.assertEqual(done.returncode, 2)
            self.assertIn("No space left", done.stderr)
            self.assertEqual(self.g.status()["number"], 1)
            self.assertEqual(len(self.s.confirmations), 1)
            os.unlink(small + "/fill")
            self.settle(True, "full disk ")
        finally:
            subprocess.run(["umount", small])


if __name__ == "__main__":
    case.main()
