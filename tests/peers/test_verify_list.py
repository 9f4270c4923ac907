#!/usr/bin/env python3
"""`sealward verify` with a distrust list, timestamps and bare signatures: what it says and how it ends.

usage: test_verify_list.py SAMPLE-PROGRAM SEALWARD
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SAMPLE, SEALWARD = sys.argv[1:3]
del sys.argv[1:3]


class Verify(unittest.TestCase):
    """The samples are of 2027, so that their lists are either not stale yet or long stale."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        subprocess.run([SAMPLE, self.folder], capture_output=True, check=True)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_verify(self, *words, name="file"):
        return subprocess.run([SEALWARD, "verify", "--authority", self.path("authority.json"), *words,
                               self.path(name)], capture_output=True, text=True, check=False)

    def verdict(self, *words, name="file"):
        run = self.run_verify("--json", "--root", self.path("roots.pem"), *words, name=name)
        verdict = json.loads(run.stdout)
        self.assertEqual(run.returncode, 0 if verdict["good"] else 1)
        return verdict["signatures"][0]

    def test_the_time_that_is_trusted_is_named(self):
        self.assertEqual(self.verdict()["time_by"], "timestamp")
        of_receipt = self.verdict("--receipt", self.path("request.receipt"))
        self.assertEqual(of_receipt["time_by"], "receipt")
        said = self.run_verify("--root", self.path("roots.pem")).stdout
        self.assertIn("by the timestamp", said)
        self.assertIn("when it was timestamped", said)

    def test_a_root_that_is_not_trusted_for_time_leaves_none(self):
        said = self.run_verify("--root", self.path("root.der")).stdout
        self.assertIn("no time is trusted", said)

    def test_a_list_that_names_the_key_decides_by_the_trusted_time(self):
        checks = self.verdict("--list", self.path("list"))["checks"]
        self.assertEqual(checks["status"]["answer"], "holds")
        checks = self.verdict("--list", self.path("list-revoked"))["checks"]
        self.assertEqual(checks["status"]["rule"], "revoked.key")
        checks = self.verdict("--list", self.path("list-revoked"), "--receipt",
                              self.path("request.receipt"))["checks"]
        self.assertEqual(checks["status"]["answer"], "holds")

    def test_without_a_list_nothing_is_fresh(self):
        checks = self.verdict("--fresh")["checks"]
        self.assertEqual(checks["status"]["rule"], "verify.list")

    def test_a_list_that_is_not_the_authoritys_is_an_error(self):
        with open(self.path("list"), "r+b") as file:
            file.seek(90)
            file.write(b"\xff")
        run = self.run_verify("--root", self.path("roots.pem"), "--list", self.path("list"))
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stdout, "")
        self.assertIn("list", run.stderr)

    def test_a_bare_signature_is_judged_under_the_certificate_given(self):
        words = ("--format", "raw", "--signature", self.path("bare.sig"))
        verdict = self.verdict(*words, "--certificate", self.path("signer.pem"), name="bare")
        self.assertEqual(verdict["checks"]["signature"]["answer"], "holds")
        verdict = self.verdict(*words, name="bare")
        self.assertIn("does not bring its certificate", verdict["checks"]["signature"]["message"])


if __name__ == "__main__":
    unittest.main()
