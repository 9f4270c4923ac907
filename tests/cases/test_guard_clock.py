#!/usr/bin/env python3
"""An endpoint whose clock is set back, or far ahead: no list becomes fresh by it. The machine's clock
is never touched: the guard runs under faketime."""

import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from endpoint import Endpoint
from publisher import Publisher, Server


def library():
    for folder in ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/faketime"):
        path = os.path.join(folder, "libfaketime.so.1")
        if os.path.exists(path):
            return path
    raise FileNotFoundError("libfaketime.so.1 is not where Debian puts it")


class Clock(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sealward-guard-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.p = Publisher()
        self.s = Server(self.p)
        self.addCleanup(self.s.close)
        self.g = Endpoint(self.folder, self.s.url, self.p)
        self.path = self.p.sign(self.folder, "app")

    def at(self, days, *words):
        return self.g.call(*words, environment={
            **os.environ, "LD_PRELOAD": library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME": "%+dd" % days})

    def hold(self, number, days, **what):
        self.p.publish(number, **what)
        done = self.at(days, "run", "--once")
        self.assertEqual(done.returncode, 0, done.stderr)

    def trusts(self, days):
        return self.at(days, "verify", self.path).returncode == 0

    def test_a_clock_set_back_makes_no_list_fresh(self):
        self.hold(1, 0)
        self.assertTrue(self.trusts(0))
        self.assertTrue(self.trusts(6))
        self.assertFalse(self.trusts(8))
        self.hold(1, 8)
        self.assertFalse(self.trusts(0))
        self.assertFalse(self.trusts(-3))

    def test_a_clock_behind_the_list_is_said(self):
        self.hold(1, -10)
        self.assertTrue(self.trusts(-10))
        self.assertIn("clock       WRONG: 8639", self.at(-10, "status").stdout)
        self.assertNotIn("WRONG", self.at(0, "status").stdout)

    def test_a_newer_list_gets_over_a_clock_that_was_far_ahead(self):
        self.hold(1, 0)
        self.hold(1, 3000)
        self.assertFalse(self.trusts(0))
        self.hold(2, 0)
        self.assertTrue(self.trusts(0))


if __name__ == "__main__":
    case.main()
