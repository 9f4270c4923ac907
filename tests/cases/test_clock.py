#!/usr/bin/env python3
"""The clock in doubt: after a long silence, after a clock set back, after a step while running. The
machine's clock is never touched: the keeper runs under faketime."""

import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from world import Link, Refused, Session, World, b64, now_ms, sha256, signed
from authority import MODULE, Brake, statement

HOUR, DAY = 3600000, 86400000


def library():
    for folder in ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/faketime"):
        path = os.path.join(folder, "libfaketime.so.1")
        if os.path.exists(path):
            return path
    raise FileNotFoundError("libfaketime.so.1 is not where Debian puts it")


class Clock(unittest.TestCase):
    def setUp(self):
        self.w = World(case.program("sealward-keeper"))
        self.w.run("--first")
        self.w.show(first=True)

    def tearDown(self):
        self.w.close()

    def restart(self, offset):
        w = self.w
        note = w.checkpoint()
        w.link.close()
        w.keeper.stop()
        w.run(wrapper=self.faked("FAKETIME=" + offset))
        return w.show(note)

    def faked(self, *settings):
        return ("env", "LD_PRELOAD=" + library(), "FAKETIME_DONT_FAKE_MONOTONIC=1", *settings)

    def types(self):
        return [json.loads(text)["type"] for text in self.w.follow()]

    def confirm(self, officer, doubt, at):
        w = self.w
        text = statement("clock-confirm", w.authority, officer.actor, {"doubt": b64(doubt)},
                         w.seen(), at)
        return w.submit("clock-confirm", signed(text, officer.sign(text)))

    def doubt(self):
        for text, leaf in zip(self.w.texts, self.w.record.leaves):
            if json.loads(text)["type"] == "clock-doubt":
                doubt = leaf
        return doubt

    def propose(self, at):
        w = self.w
        return w.say("proposal", w.officers[0], {"kind": "key", "detail": {
            "role": "issuing-ca", "signer": None, "token": "sealward-signing",
            "algorithm": "p-256"}}, at)

    def test_a_silence_longer_than_policy_allows_doubts_the_clock_until_two_confirm(self):
        w = self.w
        state = self.restart("+2d")
        self.assertTrue(state["clock_doubt"])
        self.assertEqual(self.types(), ["genesis", "start", "clock-doubt", "start"])
        times = [json.loads(text)["time"] for text in w.texts]
        self.assertLess(times[-1] - times[1], HOUR)
        with self.assertRaises(Refused) as caught:
            self.propose(now_ms() + 2 * DAY)
        self.assertEqual(caught.exception.rule, "clock.doubt")
        doubt = self.doubt()
        self.confirm(w.officers[0], doubt, now_ms() + 2 * DAY)
        with self.assertRaises(Refused) as caught:
            self.confirm(w.officers[0], doubt, now_ms() + 2 * DAY)
        self.assertEqual(caught.exception.rule, "clock.again")
        # Whoever looks at a right clock does not confirm the keeper's wrong one.
        with self.assertRaises(Refused) as caught:
            self.confirm(w.officers[1], doubt, now_ms())
        self.assertEqual(caught.exception.rule, "clock.differs")
        with self.assertRaises(Refused) as caught:
            self.confirm(w.people["approver-1"], doubt, now_ms() + 2 * DAY)
        self.assertEqual(caught.exception.rule, "clock.team")
        self.assertTrue(w.link.state()["clock_doubt"])
        self.confirm(w.officers[1], doubt, now_ms() + 2 * DAY)
        self.assertFalse(w.link.state()["clock_doubt"])
        self.propose(now_ms() + 2 * DAY)
        last = json.loads(w.texts[-1])["time"]
        self.assertGreater(last - times[1], 2 * DAY - HOUR)

    def test_a_clock_set_back_is_doubted_and_entry_time_never_goes_back(self):
        state = self.restart("-3h")
        self.assertTrue(state["clock_doubt"])
        times = [json.loads(text)["time"] for text in self.w.follow()]
        self.assertEqual(times, sorted(times))

    def test_a_short_silence_and_a_small_step_are_nothing(self):
        self.assertFalse(self.restart("+30m")["clock_doubt"])
        self.assertFalse(self.restart("+0")["clock_doubt"])

    def test_in_doubt_what_reduces_trust_is_still_admitted(self):
        w = self.w
        leaf = self.propose(None)
        self.assertTrue(self.restart("+2d")["clock_doubt"])
        w.say("rejection", w.officers[1], {"subject": b64(leaf)}, now_ms() + 2 * DAY)

    def test_what_is_withheld_is_judged_by_the_time_that_the_start_will_have(self):
        w = self.w
        w.close()
        self.w = w = World(case.program("sealward-keeper"), rules=2)
        w.run("--first")
        w.show(first=True)
        note = w.checkpoint()
        w.link.close()
        w.keeper.stop()
        w.run(wrapper=self.faked("FAKETIME=+2d"))
        brake = Brake(w.keeper.brake)
        outcome = lambda effective: brake.reduce("revoke", w.state_body("revoke", w.officers[0], {
            "subject": "artifact", "id": sha256(b"bad").hex(), "activation": b64(w.authority),
            "reason": "keyCompromise", "effective": effective, "note": "drill"}))["outcome"]
        # By the keeper's clock yesterday; the record does not believe that clock.
        with self.assertRaises(Refused) as caught:
            outcome(now_ms() + DAY)
        self.assertEqual(caught.exception.rule, "revoke.effective")
        self.assertEqual(outcome(0), "withheld")
        brake.close()
        self.assertTrue(w.show(note)["clock_doubt"])
        self.assertEqual(self.types()[1:5], ["start", "clock-doubt", "start", "revoke"])

    def test_a_step_of_the_running_clock_is_put_on_record(self):
        w = self.w
        note = w.checkpoint()
        w.link.close()
        w.keeper.stop()
        # In the one folder that the jailed keeper may read.
        offset = os.path.join(w.keeper.journal, "faketimerc")
        self.write(offset, "+0")
        w.run(wrapper=self.faked("FAKETIME_TIMESTAMP_FILE=" + offset, "FAKETIME_NO_CACHE=1"))
        self.assertFalse(w.show(note)["clock_doubt"])
        self.write(offset, "+2h")
        end = time.time() + 10
        while time.time() < end and "clock-doubt" not in self.types():
            time.sleep(0.1)
        self.assertIn("clock-doubt", self.types())

    def write(self, path, text):
        with open(path, "w") as file:
            file.write(text + "\n")


class Day(unittest.TestCase):
    def test_a_day_later_the_token_is_compared_with_the_record_by_itself(self):
        w = World(case.program("sealward-keeper"), rules=2, silence=10 * DAY)
        try:
            offset = os.path.join(w.keeper.journal, "faketimerc")
            self.write(offset, "+0")
            w.run("--first", wrapper=("env", "LD_PRELOAD=" + library(), "FAKETIME_NO_CACHE=1",
                                      "FAKETIME_TIMESTAMP_FILE=" + offset))
            w.show(first=True)
            self.smuggle(w)
            self.assertNotIn("reconciled", [json.loads(text)["type"] for text in w.follow()])
            self.write(offset, "+25h")
            entry, _ = w.wait_entry("reconciled", 0)
            self.assertEqual(entry["body"]["findings"][0]["id"], b64(b"\xaa"))
        finally:
            w.close()

    def smuggle(self, w):
        subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "sealward-signing",
                        "--login", "--pin", "1234", "--keypairgen", "--key-type", "EC:prime256v1",
                        "--id", "aa", "--label", "smuggled", "--usage-sign"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, SOFTHSM2_CONF=w.keeper.conf))

    def write(self, path, text):
        with open(path, "w") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    case.main()
