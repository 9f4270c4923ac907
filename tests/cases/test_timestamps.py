#!/usr/bin/env python3
"""Timestamps that `sealward sign` asks for: put into the message only when they are over this very
signature, answer this very question, and lead to the authority's root."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from liar import Liar
from signing import Signing


def setUpModule():
    global S
    S = Signing(("package", "image", "desktop"), rules=2)


def tearDownModule():
    S.close()


class Timestamps(unittest.TestCase):
    def sign(self, name="app.tar", lie=None, signer="package", format="cms"):
        path, self.out = S.fresh(name, b"what is signed\n"), S.fresh(name + ".p7s")
        words = ("sign", "--signer", signer, "--format", format, "--timestamp", path)
        if lie is None:
            return S.sealward(*words)
        with Liar(S.daemon, lambda at, body: lie(body) if at == "/tsa" else body) as server:
            return S.sealward(*words, SEALWARD_SERVER=server)

    def refused(self, said, lie):
        done = self.sign(lie=lie)
        self.assertEqual(done.code, 1, done.err)
        self.assertIn(said, done.err)
        self.assertFalse(os.path.exists(self.out))

    def test_is_in_the_message_and_its_time_is_trusted(self):
        done = self.sign()
        self.assertEqual(done.code, 0, done.err)
        content = self.out[:-len(".p7s")]
        subprocess.run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", self.out,
                        "-content", content, "-CAfile", S.root, "-purpose", "any", "-out",
                        os.devnull], check=True, stderr=subprocess.DEVNULL)
        told = S.sealward("verify", content, "--signature", self.out, "--root", S.root, "--json")
        self.assertEqual(json.loads(told.out)["signatures"][0]["time_by"], "timestamp", told.out)

    def test_an_answer_to_another_question_is_not_taken(self):
        held = []

        def earlier(body):
            held.append(body)
            return held[0]

        self.assertEqual(self.sign(lie=earlier).code, 0)
        self.refused("timestamp", earlier)

    def test_what_has_been_changed_is_not_taken(self):
        for at in (0.2, 0.5, 0.9):
            self.refused("timestamp: ", lambda body: body[:int(at * len(body))] + bytes(
                [body[int(at * len(body))] ^ 1]) + body[int(at * len(body)) + 1:])

    def test_no_answer_to_speak_of(self):
        for answer in (b"", b"no timestamp\n", b"\x30\x03\x02\x01\x00"):
            self.refused("timestamp: ", lambda body: answer)

    def test_a_rejection_is_told(self):
        # PKIStatusInfo: rejection, "not now", systemFailure.
        text = b"not now"
        string = b"\x0c" + bytes([len(text)]) + text
        info = b"\x02\x01\x02\x30" + bytes([len(string)]) + string + bytes.fromhex("030406000040")
        answer = b"\x30" + bytes([len(info) + 2]) + b"\x30" + bytes([len(info)]) + info
        self.refused("not now", lambda body: answer)

    def test_bare_hashes_carry_none(self):
        grants = len(S.entries("grant"))
        done = self.sign("image.bin", signer="image", format="raw")
        self.assertEqual(done.code, 1)
        self.assertIn("format raw cannot carry one", done.err)
        self.assertEqual(len(S.entries("grant")), grants)


if __name__ == "__main__":
    case.main()
