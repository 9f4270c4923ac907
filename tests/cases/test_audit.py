#!/usr/bin/env python3
"""sealward audit, over a folder and over HTTP: its three verdicts, exit codes and outputs.

usage: test_audit.py SEALWARD PUBLISH-PROGRAM
"""
import functools
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

SEALWARD, PUBLISH = sys.argv[1:3]


def audit(*words):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("SEALWARD_") and not k.lower().endswith("_proxy")}
    env["XDG_CONFIG_HOME"] = "/nonexistent"
    return subprocess.run([SEALWARD, "audit", *map(str, words)], capture_output=True, text=True,
                          check=False, env=env)


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        done = subprocess.run([PUBLISH, cls.made.name], capture_output=True, text=True, check=True)
        cls.count = int(done.stdout)

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.at = pathlib.Path(self.folder.name) / "log"
        shutil.copytree(self.made.name, self.at)
        self.pinned = pathlib.Path(self.folder.name) / "authority.json"
        shutil.move(self.at / "authority.json", self.pinned)
        self.addCleanup(self.folder.cleanup)

    def audit(self, where=None, *words):
        return audit("--authority", self.pinned, where or self.at, *words)

    def verdict(self, where=None):
        done = self.audit(where, "--json")
        self.assertIn(done.returncode, (0, 1, 4), done.stderr)
        return done.returncode, json.loads(done.stdout)

    def test_a_copied_folder_holds(self):
        done = self.audit()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"holds: all {self.count} entries", done.stdout)
        self.assertIn("signatures 242 authorised", done.stdout)
        self.assertIn("grant.unbound 1", done.stdout)
        self.assertIn("person 6", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_json_says_how_many_of_what(self):
        code, said = self.verdict()
        self.assertEqual((code, said["verdict"], said["size"], said["judged"]),
                         (0, "holds", self.count, self.count))
        self.assertEqual(said["entries"]["certificate"], 3)
        self.assertEqual(sum(said["entries"].values()), self.count)
        self.assertEqual(said["findings"], {"grant.unbound": 1, "clock.doubt": 1})
        self.assertIsNone(said["file"])

    def test_a_web_server_serves_as_well_as_a_folder(self):
        handler = functools.partial(Quiet, directory=self.folder.name)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/log/"
            code, said = self.verdict(url)
            self.assertEqual((code, said["verdict"]), (0, "holds"), said)
            (self.at / "tile/entries/000").unlink()
            code, said = self.verdict(url)
            self.assertEqual((code, said["verdict"], said["file"]),
                             (4, "unverifiable", "tile/entries/000"))
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def test_a_server_that_is_not_there_is_unverifiable(self):
        code, said = self.verdict("http://127.0.0.1:1/log")
        self.assertEqual((code, said["file"]), (4, "checkpoint"))

    def test_an_entry_that_was_changed_is_named(self):
        bundle = self.at / "tile/entries/000"
        content = bytearray(bundle.read_bytes())
        content[content.index(b'"type":"request"') + 40] ^= 1
        bundle.write_bytes(content)
        code, said = self.verdict()
        self.assertEqual((code, said["verdict"], said["file"]),
                         (1, "broken", "tile/entries/000"))
        done = self.audit()
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"broken: entry {said['entry']} in tile/entries/000: ", done.stdout)

    def test_a_missing_tile_is_unverifiable(self):
        shutil.rmtree(self.at / "tile/1")
        done = self.audit()
        self.assertEqual(done.returncode, 4)
        self.assertIn("unverifiable: tile/1/000.p/1: ", done.stdout)
        self.assertNotIn("holds", done.stdout)

    def test_a_folder_that_is_not_there_is_unverifiable(self):
        code, said = self.verdict(self.at / "nowhere")
        self.assertEqual((code, said["file"], said["size"]), (4, "checkpoint", 0))

    def test_an_authority_must_be_pinned(self):
        done = audit(self.at)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--authority", done.stderr)
        self.pinned.write_text("{}\n")
        done = self.audit()
        self.assertEqual((done.returncode, done.stdout), (1, ""))


unittest.main(argv=sys.argv[:1], verbosity=2)
