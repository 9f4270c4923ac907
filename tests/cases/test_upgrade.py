#!/usr/bin/env python3
"""An authority that was founded under rules version 1 and has signed goes over to version 2 by a
decision, with the real programs: what it had is from then on watched, revoked, replaced, destroyed."""

import json
import os
import subprocess
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import policy_of_version_2
from test_life import Authority
from world import Session, b64


class Upgrade(Authority):
    """One story; each test goes on where the one before has ended."""

    @classmethod
    def setUpClass(cls):
        cls.found(["package", "desktop"], rules=1)

    def audit(self):
        self.wait_published()
        done = self.s.sealward("audit", self.s.daemon.public)
        self.assertEqual(done.code, 0, done.out + done.err)
        return done.out

    def wait_published(self):
        """Until the checkpoint that is served covers the whole record."""
        end = time.time() + 20
        with self.s.lock:
            size = len(self.s.world.follow())
        path = os.path.join(self.s.daemon.public, "log", "checkpoint")
        while time.time() < end:
            with open(path) as file:
                if int(file.read().split("\n")[1]) >= size:
                    return
            time.sleep(0.05)
        raise AssertionError("the record is not published")

    def list_file(self):
        with urllib.request.urlopen("http://%s/distrust/list" % self.s.tsa) as answer:
            return self.s.fresh("list", answer.read())

    def verify(self, path):
        return self.s.sealward("verify", "--root", self.s.root, "--list", self.list_file(), "--fresh",
                               path)

    def test_1_before_the_new_rules_nothing_of_them_is_there(self):
        self.assertIn("rules version 1 is in force", self.ok("officer-1", "policy", "rules"))
        path, done = self.sign("old.tar.gz", b"signed under the first rules\n")
        self.assertEqual(done.code, 0, done.err)
        key = self.key_in("package", "active")
        for words in (("revoke", "key", key, "--reason", "keyCompromise", "--yes"),
                      ("destroy", key), ("rollover", "package", "--to", key),
                      ("ownership", "take", "package", "--owner",
                       self.s.world.people["officer-3"].handle)):
            self.assertIn("version", self.refused("officer-1", *words))
        self.assertIn("package", self.ok("officer-1", "inventory", "keys"))

    def test_2_two_people_raise_the_version_and_policy_says_the_rest(self):
        w = self.s.world
        self.decide("policy", "rules", "2")
        self.assertIn("rules version 2 is in force", self.ok("officer-1", "policy", "rules"))
        # No quorum of the new kinds yet: who is not its owner may not, and the refusal says why.
        key = self.key_in("package", "active")
        self.assertIn("revoke", self.refused("officer-3", "revoke", "key", key, "--reason",
                                             "keyCompromise", "--yes"))
        self.assertIn("add a quorum object", self.refused("officer-3", "destroy", key))
        with self.s.lock:
            w.decide("policy", {"changes": policy_of_version_2(w.officers)})
            w.make_authorities()
        self.assertIn("package", self.ok("officer-1", "inventory", "keys"))
        self.assertIn("certificate", self.ok("officer-1", "calendar", "--within", "400d"))
        path = self.s.path("old.tar.gz")
        end = time.time() + 20
        while not os.path.exists(os.path.join(self.s.daemon.public, "distrust", "list")):
            self.assertLess(time.time(), end, w.keeper.messages())
            time.sleep(0.02)
        done = self.verify(path)
        self.assertEqual(done.code, 0, done.out + done.err)

    def test_3_keepers_and_daemons_start_again_and_an_audit_holds(self):
        w = self.s.world
        self.s.daemon.stop()
        with self.s.lock:
            w.restart()
        self.s.daemon.start("--tsa-listen", self.s.tsa)
        self.assertIn("2", self.audit())
        _, done = self.sign("new.tar.gz", b"signed under the second rules\n")
        self.assertEqual(done.code, 0, done.err)

    def test_4_a_key_of_before_is_replaced_and_everything_it_signed_is_refused(self):
        old = self.key_in("package", "active")
        self.decide("key", "propose", "--signer", "package", "--token", "sealward-signing",
                    "--algorithm", "p-256")
        new = self.key_in("package", "pre-activation")
        self.decide("certificate", "propose", "--signer", "package", "--key-id", new)
        end = time.time() + 20
        while new not in self.ok("officer-1", "certificate", "show", "--json"):
            self.assertLess(time.time(), end)
            time.sleep(0.05)
        self.decide("rollover", "package", "--on-compromise")
        told = self.json("officer-1", "revoke", "key", old, "--what-if", "--effective", "always")
        self.assertEqual((told["fall"], told["survive"]), (2, 0))
        self.ok("officer-2", "revoke", "key", old, "--reason", "keyCompromise", "--effective",
                "always", "--yes")
        self.assertEqual(self.key_in("package", "active"), new)
        done = self.wait_refused(self.s.path("old.tar.gz"))
        self.assertIn("is distrusted", done.out)
        _, done = self.sign("newer.tar.gz", b"signed by the new key\n")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(self.verify(self.s.path("newer.tar.gz")).code, 0)

    def wait_refused(self, path):
        end = time.time() + 10
        while time.time() < end:
            done = self.verify(path)
            if done.code == 1:
                return done
            time.sleep(0.02)
        raise AssertionError("still good: " + done.out + done.err)

    def test_5_owners_paths_endpoints_and_destruction_are_there(self):
        w = self.s.world
        key = self.key_in("desktop", "active")
        self.decide("ownership", "take", "desktop", "--owner", w.people["officer-3"].handle)
        self.decide("reconfirm", "app-ci", "--claim", "repository_id=2002")
        self.ok("officer-1", "endpoint", "enroll", "edge-1", "--class", "workstation", "--public-key",
                b64(Session().spki), "--yes")
        self.ok("officer-1", "retire", "key", key, "--reason", "over")
        self.decide("destroy", key, by="officer-2")
        self.assertEqual(self.key_in("desktop", "destroyed"), key)
        self.assertIn("no others", self.ok("officer-1", "reconcile"))
        query = self.s.path("query")
        subprocess.run(["openssl", "ts", "-query", "-data", self.s.path("old.tar.gz"), "-sha256",
                        "-out", query], check=True, stderr=subprocess.DEVNULL)
        with open(query, "rb") as file, urllib.request.urlopen("http://%s/tsa" % self.s.tsa,
                                                               file.read()) as answer:
            reply = self.s.fresh("reply", answer.read())
        said = subprocess.run(["openssl", "ts", "-reply", "-in", reply, "-text"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=True).stdout
        self.assertIn(b"Status: Granted.", said)

    def test_6_the_whole_record_replays(self):
        self.s.daemon.stop()
        with self.s.lock:
            self.s.world.restart()
        self.s.daemon.start("--tsa-listen", self.s.tsa)
        self.audit()


if __name__ == "__main__":
    case.main()
