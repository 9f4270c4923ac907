#!/usr/bin/env python3
"""A daemon that lies, or speaks badly: what `sealward` shows must be proven, and whatever comes back
ends in one clear line, never in a crash or in something believed."""

import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import b64
from public_log import Handler, Log

class Lies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tls = tempfile.mkdtemp(prefix="sealward-lies-")
        cls.cert = os.path.join(cls.tls, "tls.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", cls.tls + "/key", "-out",
                        cls.cert, "-days", "30", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.tls)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sealward-lies-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.log = Log(300)
        self.special = {}
        self.serve(ssl.TLSVersion.TLSv1_3)

    def serve(self, version):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.tls + "/key")
        context.maximum_version = version
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True,
                                               do_handshake_on_connect=False)
        self.http.handle_error = lambda *_: None
        self.http.answer, self.http.asked = self.answer, []
        thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.http.server_close)
        self.addCleanup(self.http.shutdown)
        self.url = "https://127.0.0.1:%d" % self.http.server_port
        with open(os.path.join(self.folder, "authority"), "wb") as file:
            file.write(self.log.authority(self.url))

    def answer(self, path):
        """The honest one, but for what the test has put into `special`."""
        plain = path.split("?")[0]
        if plain in self.special:
            special = self.special[plain]
            return special() if callable(special) else special
        if plain == "/log/checkpoint":
            return self.log.checkpoint()
        if plain.startswith("/log/tile/"):
            return self.log.tile(plain)
        if plain.endswith("/receipt"):
            return self.log.receipt(int(plain.split("/")[3]))
        if plain == "/v1/names":
            return '{"names":[]}'
        return None

    def sealward(self, *words):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "SEALWARD_CA": self.cert,
                       "SEALWARD_SERVER": self.url, "SEALWARD_STATE": self.folder + "/state",
                       "SEALWARD_AUTHORITY": self.folder + "/authority"}
        return subprocess.run([case.program("sealward"), *words], stdin=subprocess.DEVNULL,
                              capture_output=True, env=environment, text=True)

    def shows(self, *words):
        done = self.sealward(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def fails(self, part, *words, code=1):
        done = self.sealward(*words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(part, done.stderr)
        self.assertEqual(done.stdout, "")
        for line in done.stderr.splitlines():
            self.assertRegex(line, r"^(sealward: |  hint: |  rule: )")
        return done.stderr

    def test_the_honest_one_is_shown(self):
        self.assertIn("the clock is in doubt", self.shows("show", "7"))
        self.assertEqual(len(self.shows("log", "tail").splitlines()), 10)

    def test_a_receipt_of_another_entry(self):
        self.special["/v1/entries/7/receipt"] = self.log.receipt(8)
        self.fails("the receipt is of entry 8", "show", "7")

    def test_an_entry_that_was_altered(self):
        text = self.log.texts[7].replace(b"step", b"leap")
        self.special["/v1/entries/7/receipt"] = self.log.receipt(7, text=text)
        self.fails("receipt of entry 7", "show", "7")

    def test_a_checkpoint_by_another_key_or_of_another_log(self):
        other = Log(300)
        self.special["/v1/entries/7/receipt"] = other.receipt(7)
        self.fails("receipt of entry 7", "show", "7")
        self.special["/v1/entries/7/receipt"] = self.log.receipt(
            7, checkpoint=self.log.checkpoint(origin="elsewhere.test/log"))
        self.fails("receipt of entry 7", "show", "7")

    def test_a_leaf_hash_answered_by_another_entry(self):
        leaf = self.log.leaves[7].hex()
        self.special["/v1/entries/" + leaf] = json.dumps(
            {"index": 8, "time": 1700000000008, "type": "clock-doubt", "leaf": b64(
                self.log.leaves[8]), "description": "x", "entry": b64(self.log.texts[8])},
            separators=(",", ":"))
        self.fails("which it is not", "show", leaf)

    def test_another_history_is_an_alarm_that_names_both_files(self):
        self.shows("show", "7")
        self.log = Log(400, self.log.key, mark=5)
        said = self.fails("ALARM", "show", "7")
        self.assertRegex(said, r"conflict-400-[0-9a-f]{8}")
        self.assertRegex(said, r"/checkpoint")

    def test_a_history_that_grew_is_none(self):
        self.shows("show", "7")
        longer = Log(700, self.log.key)
        self.assertEqual(longer.texts[:300], self.log.texts)
        self.log = longer
        self.shows("show", "650")
        self.shows("show", "7")

    def test_tiles_that_are_cut_false_or_gone_prove_nothing(self):
        self.shows("show", "7")
        self.log = Log(700, self.log.key)
        for answer in (b"short", None, (500, b"", {})):
            self.special = {path: answer for path in (
                "/log/tile/0/001", "/log/tile/0/002.p/188", "/log/tile/0/001.p/44")}
            done = self.sealward("show", "7")
            self.assertEqual(done.returncode, 1)
            self.assertNotIn("ALARM", done.stderr)
        self.special = {"/log/tile/0/001": bytes(8192)}
        self.assertNotIn("ALARM", self.fails("do not lead to", "show", "7"))

    def test_a_partial_tile_that_is_gone_is_taken_from_the_full_one(self):
        self.shows("show", "7")
        longer = Log(700, self.log.key)
        self.log, shown = longer, longer.receipt(7, 310)
        self.special = {"/v1/entries/7/receipt": shown, "/log/tile/0/001.p/54": None}
        self.shows("show", "7")

    def test_answers_that_are_too_large_or_no_answers(self):
        self.special["/v1/entries/7/receipt"] = b"x" * (10 << 20)
        self.fails("more than", "show", "7")
        self.special["/v1/entries/7/receipt"] = b"{}"
        self.fails("not a receipt", "show", "7")
        self.special["/log/checkpoint"] = b"\xff" * 100
        self.assertEqual(self.sealward("log", "tail").returncode, 1)

    def test_a_redirect_is_not_followed(self):
        self.special["/v1/entries/7/receipt"] = (302, b"", {"Location": self.url + "/v1/names"})
        self.fails("status 302", "show", "7")
        self.assertNotIn("/v1/names", self.http.asked)

    def test_a_refusal_is_shown_plain(self):
        self.special["/v1/entries/7/receipt"] = (403, json.dumps(
            {"detail": "no\x1b[2J\nsealward: all is well", "code": "refused", "rule": "a.b",
             "hint": "\u202egnp"}), {"Content-Type": "application/problem+json"})
        said = self.fails("no", "show", "7")
        self.assertNotIn("\x1b", said)
        self.assertEqual(len([l for l in said.splitlines() if l.startswith("sealward: ")]), 1)

    def test_what_is_told_about_lives_and_revocations_steers_no_terminal(self):
        bad = "x\x1b[2J\u202e"
        time = {name: 1700000000000 for name in (
            "time", "first", "last", "from", "until", "effective", "stopped", "published",
            "written", "expires", "last_used", "since", "deadline")}
        one = dict(time, **{name: bad for name in (
            "id", "kind", "path", "class", "endpoint", "actor", "reason", "reads", "signer", "what",
            "owner", "deputy", "state", "level", "token", "text", "why", "name", "month", "cause")},
            entry=1, item=0, certificate=1, approvals=[bad], artifact={"name": bad}, count=1,
            fall=1, survive=1, covered=0, number=1, confirmed=0, silent=True, laggards=[bad, 7],
            tbs="AAAA", key="AAAA", grant="AAAA", leaf="AAAA", signatures=1)
        one["horizons"] = one["confirmations"] = [dict(one)]
        answer = dict(one, list=[one], paths=[one], totals=[one], endpoints=[one], next=None,
                      revocations=[one], last_good=one, notes=[bad, 7, {}], keys=[one],
                      certificates=[one], orphans=[one], rows=[one], calendar=[one], items=[one],
                      signers=[one], people=[one], workloads=[one], story=[one], status=one)
        for path in ("what-if", "blast-radius", "propagation", "inventory", "calendar", "life",
                     "revocations", "story", "findings", "refusals"):
            self.special["/v1/" + path] = json.dumps(answer, separators=(",", ":"))
        for words in (("revoke", "path", "x", "--what-if", "--effective", "always"),
                      ("blast-radius", "path", "x"), ("propagation",), ("inventory",),
                      ("calendar",), ("endpoint", "list"), ("show", "path", "x")):
            said = self.shows(*words)
            self.assertNotIn("\x1b", said, words)
            self.assertNotIn("\u202e", said, words)

    def test_a_busy_daemon_is_asked_again(self):
        answers = [(503, json.dumps({"detail": "busy", "code": "busy"}), {"Retry-After": "1"})]
        self.special["/v1/entries/7/receipt"] = lambda: (
            answers.pop() if answers else self.log.receipt(7))
        self.shows("show", "7")
        self.assertFalse(answers)

    def test_nothing_below_tls_1_3(self):
        self.serve(ssl.TLSVersion.TLSv1_2)
        self.fails("cannot reach", "show", "7", code=3)

    def test_a_certificate_that_is_not_the_pinned_one(self):
        other = os.path.join(self.folder, "other.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null", "-out", other,
                        "-days", "30", "-subj", "/CN=localhost"], check=True,
                       stderr=subprocess.DEVNULL)
        self.assertIn("--ca", self.fails("cannot reach", "show", "7", "--ca", other, code=3))

    def test_names_that_do_not_open_their_handles_are_not_shown(self):
        name = {"handle": "p0123456789abcdef", "name": "officer-1", "salt": b64(bytes(32))}
        self.special["/v1/names"] = json.dumps({"names": [name]}, separators=(",", ":"))
        self.assertNotIn("officer-1", self.shows("show", "7"))

    def test_a_damaged_pinned_file_or_state_is_said(self):
        self.shows("show", "7")
        kept = os.path.join(self.folder, "state", self.log.leaves[0].hex()[:16], "checkpoint")
        with open(kept, "a") as file:
            file.write("x")
        self.fails("checkpoint", "show", "7")
        with open(self.folder + "/authority", "a") as file:
            file.write("\n")
        self.assertEqual(self.sealward("show", "7").returncode, 1)


if __name__ == "__main__":
    case.main()
