#!/usr/bin/env python3
"""Backup of a running authority and its restore on a clean machine: the real keeper, the real
daemon, SoftHSM, and `sealward backup`, `restore` and `audit`."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import Link, Session, b64, sha256
from daemon import Daemon
from world import Keeper, World

RESERVED = 16 << 20  # the journal's space is reserved in steps of this


class BackupTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(case.program("sealward-keeper"))
        cls.world.run("--first")
        cls.world.show(first=True)
        cls.world.make_ca()
        # SoftHSM's folder as it was before the next key.
        shutil.copytree(cls.world.keeper.tokens, cls.path("tokens-before"))
        cls.key, _ = cls.world.make_signer("package")
        cls.daemon = Daemon(case.program("sealwardd"), cls.world)
        cls.daemon.start("--first")
        cls.sign(b"before the backup")
        cls.kept = cls.path("kept-1")
        cls.ok("backup", cls.kept, *cls.sources())

    @classmethod
    def tearDownClass(cls):
        cls.daemon.kill()
        cls.world.close()

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.world.folder, *names)

    @classmethod
    def sign(cls, content):
        session = Session()
        grant = cls.world.grant(session, "package-release", [
            {"name": "app.jar", "format": "jar", "algorithm": "sha256",
             "digest": b64(sha256(content))}])
        return cls.world.request(session, grant, cls.key, [{"digest": sha256(content)}])

    @classmethod
    def sources(cls):
        return ("--journal", cls.world.keeper.journal, "--daemon-state", cls.daemon.state,
                "--public", cls.daemon.public, "--config", cls.daemon.certificate)

    @classmethod
    def run_sealward(cls, *words):
        return subprocess.run(
            [case.program("sealward"), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={
                "PATH": os.environ["PATH"], "HOME": cls.world.folder,
                "SEALWARD_DAEMON": case.program("sealwardd"), "SEALWARD_CA": cls.daemon.certificate,
                "SEALWARD_AUTHORITY": cls.world.authority_file()})

    @classmethod
    def ok(cls, *words):
        done = cls.run_sealward(*words)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout

    def refused(self, *words):
        done = self.run_sealward(*words)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def targets(self, name):
        return ("--journal", self.path(name, "journal"), "--public", self.path(name, "public"),
                "--daemon-state", self.path(name, "state"), "--config-to", self.path(name, "etc"))

    def manifest(self, folder):
        with open(os.path.join(folder, "manifest.json")) as file:
            return json.load(file)

    def published(self):
        with open(os.path.join(self.daemon.public, "log", "checkpoint")) as file:
            return int(file.read().split("\n")[1])

    def copy_of_backup(self, name):
        folder = self.path(name)
        shutil.copytree(self.kept, folder)
        return folder

    def test_the_manifest_names_each_file_with_size_and_hash(self):
        manifest = self.manifest(self.kept)
        self.assertEqual(sorted(f["path"] for f in manifest["files"]), [
            "config/tls.pem", "journal/journal", "public/log/authority.json",
            "public/log/checkpoint", "state/kept.db"])
        for entry in manifest["files"]:
            with open(os.path.join(self.kept, entry["path"]), "rb") as file:
                content = file.read()
            self.assertEqual(len(content), entry["size"])
            self.assertEqual(b64(hashlib.sha256(content).digest()), entry["sha256"])
        self.assertLess(os.path.getsize(os.path.join(self.kept, "journal/journal")), RESERVED)

    def test_a_torn_tail_is_left_out_and_damage_is_refused(self):
        folder = self.path("torn")
        os.makedirs(folder)
        with open(os.path.join(self.kept, "journal/journal"), "rb") as file:
            journal = file.read()
        batch = journal.rindex(b"\x89SWJB")
        for name, content in (("torn", journal + journal[batch:-7] + bytes(4096)),
                              ("edited", journal[:batch - 40] + b"?" + journal[batch - 39:])):
            os.makedirs(os.path.join(folder, name))
            with open(os.path.join(folder, name, "journal"), "wb") as file:
                file.write(content)
        withheld = b'{"what":"an officer stopped a key before a start was complete"}\n'
        with open(os.path.join(folder, "torn", "withheld"), "wb") as file:
            file.write(withheld)
        self.ok("backup", os.path.join(folder, "1"), "--journal", os.path.join(folder, "torn"))
        with open(os.path.join(folder, "1", "journal/journal"), "rb") as file:
            self.assertEqual(file.read(), journal)
        self.ok("restore", os.path.join(folder, "1"), *self.targets("withheld"))
        with open(self.path("withheld", "journal", "withheld"), "rb") as file:
            self.assertEqual(file.read(), withheld)
        said = self.refused("backup", os.path.join(folder, "2"), "--journal",
                            os.path.join(folder, "edited"))
        self.assertIn("a whole batch follows", said)
        self.assertIn("at byte", said)
        self.assertFalse(os.path.exists(os.path.join(folder, "2", "manifest.json")))

    def test_backups_of_a_keeper_that_is_writing_are_whole(self):
        stop = threading.Event()

        def write():
            while not stop.is_set():
                self.sign(b"written meanwhile")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for n in range(4):
                self.ok("backup", self.path("busy-%d" % n), *self.sources())
        finally:
            stop.set()
            writer.join()
        entries = [self.manifest(self.path("busy-%d" % n))["entries"] for n in range(4)]
        self.assertEqual(entries, sorted(entries))
        self.assertGreater(entries[3], entries[0])
        for n in range(4):
            self.ok("restore", self.path("busy-%d" % n), *self.targets("quiet-%d" % n))

    def test_a_damaged_backup_is_refused_before_anything_is_written(self):
        for path in ("journal/journal", "state/kept.db", "public/log/checkpoint"):
            folder = self.copy_of_backup("damaged")
            with open(os.path.join(folder, path), "r+b") as file:
                file.seek(20)
                file.write(b"\xff")
            said = self.refused("restore", folder, *self.targets("not-made"))
            self.assertIn(path, said)
            self.assertFalse(os.path.exists(self.path("not-made")))
            shutil.rmtree(folder)
        folder = self.copy_of_backup("unfinished")
        os.unlink(os.path.join(folder, "manifest.json"))
        self.assertIn("was not finished", self.refused("restore", folder,
                                                       *self.targets("not-made")))

    def test_folders_in_use_are_refused(self):
        said = self.refused("restore", self.kept, "--journal", self.world.keeper.journal,
                            "--public", self.path("new-public"))
        self.assertIn("is not empty", said)
        self.assertIn("exists already", self.refused("backup", self.kept, *self.sources()))

    def test_a_journal_older_than_what_the_public_has_seen_is_refused_naming_what_is_missing(self):
        had = self.manifest(self.kept)["entries"]
        self.sign(b"after the backup")
        self.world.checkpoint()
        end = time.time() + 20
        while self.published() <= had and time.time() < end:
            time.sleep(0.01)
        seen = self.published()
        for where in (os.path.join(self.daemon.public, "log", "checkpoint"),
                      self.daemon.server + "/log"):
            said = self.refused("restore", self.kept, *self.targets("older"), "--seen", where)
            self.assertIn("the public has seen", said)
            self.assertIn("entries %d to " % had, said)
        self.assertGreater(seen, had)
        self.assertFalse(os.path.exists(self.path("older")))

    def test_a_backup_of_another_authority_than_the_pinned_one_is_refused(self):
        other = self.path("other-authority.json")
        with open(self.world.authority_file()) as file:
            pinned = file.read()
        with open(other, "w") as file:
            file.write(pinned.replace(b64(self.world.authority), b64(sha256(b"another"))))
        said = self.refused("restore", self.kept, *self.targets("not-made"), "--authority", other)
        self.assertIn("backup.authority", said)
        self.assertFalse(os.path.exists(self.path("not-made")))

    def test_a_checkpoint_of_another_log_is_refused(self):
        other = self.path("other-checkpoint")
        with open(os.path.join(self.daemon.public, "log", "checkpoint")) as file:
            lines = file.read().split("\n")
        lines[1] = "1"
        with open(other, "w") as file:
            file.write("\n".join(lines))
        self.assertIn("no checkpoint of this record", self.refused(
            "restore", self.kept, *self.targets("older"), "--seen", other))

    def test_what_is_restored_is_an_authority_that_runs_and_signs_and_an_audit_holds(self):
        kept = self.path("kept-2")
        self.daemon.call("PUT", "/v1/names/%s" % self.world.officers[0].handle, {
            "name": self.world.officers[0].name, "salt": b64(self.world.officers[0].salt)})
        self.sign(b"the last before the machine is lost")
        report = json.loads(self.ok("backup", kept, *self.sources(), "--json"))
        self.assertGreaterEqual(report["entries"], report["published"])
        self.ok("restore", kept, *self.targets("machine"), "--seen", self.daemon.public)
        keeper = self.machine("machine", self.world.keeper.tokens)
        self.daemon.stop()
        self.world.keeper.stop()
        self.world.link.close()
        before, self.world.keeper = self.world.keeper, keeper
        try:
            self.started(keeper)
        finally:
            keeper.stop()
            self.world.keeper = before
            self.world.run()
            self.daemon.start()

    def machine(self, name, tokens):
        """A clean machine: SoftHSM's folder was copied while no key was being made."""
        keeper = Keeper(case.program("sealward-keeper"), self.path(name))
        shutil.copytree(tokens, keeper.tokens)
        shutil.copy(self.world.keeper.pin, keeper.pin)
        with open(keeper.conf, "w") as file:
            file.write("directories.tokendir = %s\nobjectstore.backend = file\n" % keeper.tokens)
        return keeper

    def test_a_key_that_did_not_come_back_with_the_tokens_is_a_finding(self):
        self.ok("restore", self.kept, *self.targets("older-tokens"))
        keeper = self.machine("older-tokens", self.path("tokens-before"))
        keeper.start()
        link = Link(keeper.socket)
        try:
            with open(self.path("older-tokens", "public", "log", "checkpoint"), "rb") as file:
                link.ask("SHOW", note=b64(file.read()), first=False)
            entries = [json.loads(text) for text in link.entries()]
            found = [e["body"]["findings"] for e in entries if e["type"] == "start"][-1]
            self.assertIn("missing-key", [f["kind"] for f in found])
        finally:
            link.close()
            keeper.stop()

    def started(self, keeper):
        keeper.start()
        self.world.link = Link(keeper.socket)
        daemon = Daemon(case.program("sealwardd"), self.world)
        daemon.public, daemon.state = self.path("machine", "public"), self.path("machine", "state")
        daemon.start()
        try:
            self.assertTrue(daemon.get("/v1/authority")["started"])
            name = daemon.get("/v1/names/%s" % self.world.officers[0].handle)
            self.assertEqual(name["name"], self.world.officers[0].name)
            texts, record = list(self.world.texts), list(self.world.record.leaves)
            answer = self.sign(b"the first on the new machine")
            self.assertTrue(answer["results"][0]["signature"])
            self.world.texts, self.world.record.leaves = texts, record
            self.ok("audit", daemon.public, "--authority", self.world.authority_file())
        finally:
            daemon.kill()
            self.world.link.close()


if __name__ == "__main__":
    case.main()
