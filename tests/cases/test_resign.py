#!/usr/bin/env python3
"""`sealward resign` of detached signatures: the record is its ledger, so it is stopped and goes on;
files that are not there, have another name, or have changed."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import b64, sha256, unb64
from campaign import Campaign
from liar import Liar

NAMES = ["part-%d.tar" % n for n in range(6)]


def setUpModule():
    global S, OLD
    S = Campaign(("package", "board"))
    folder = S.folder("old")
    for name in NAMES:
        S.write(os.path.join(folder, name), b"what is in %s\n" % name.encode())
    done = S.sealward("sign", "--signer", "package", "--format", "cms",
                      *[os.path.join(folder, name) for name in NAMES])
    if done.code != 0:
        raise RuntimeError(done.err)
    OLD = S.key_of("package", "active")
    S.switch_key("package")


def tearDownModule():
    S.close()


class Resign(unittest.TestCase):
    """In the order of their numbers: the record goes on."""

    def resign(self, folder, *words, code=1):
        done = S.sealward("resign", "package", "--files", folder, "--out", S.path("new"), "--json",
                          *words)
        self.assertEqual(done.code, code, done.err)
        return {item["name"]: item for item in json.loads(done.out)["items"]}, done.err

    def requests(self):
        new = S.key_of("package", "active")
        return [e for e in S.entries("request") if e["body"]["key"] == new]

    def states(self):
        return {item["name"]: item["done"] for item in S.ledger("package")["items"]}

    def verify(self, folder, name, beside=None):
        subprocess.run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
                        beside or S.path("new/%s.p7s" % name), "-content",
                        os.path.join(folder, name), "-CAfile", S.root, "-purpose", "any", "-out",
                        os.devnull], check=True, stderr=subprocess.DEVNULL)

    def collect(self, *names):
        """A folder with some of the files, below another one."""
        folder = S.folder("collected-" + self.id().rsplit(".", 1)[1])
        for name in names:
            S.write(os.path.join(folder, "deep", "er", name), b"what is in %s\n" % name.encode())
        return folder

    def test_1_before_it_begins_everything_is_to_do(self):
        ledger = S.ledger("package")
        self.assertEqual((ledger["total"], ledger["done"], ledger["unbound"]), (6, 0, 0))
        self.assertEqual([item["name"] for item in ledger["items"]], NAMES)
        told = S.sealward("resign", "package", "--status", SEALWARD_AS="")
        self.assertEqual(told.code, 0, told.err)
        self.assertIn("0 of 6 artifacts", told.out)

    def lied(self, lie):
        def answer(path, body):
            told = json.loads(body) if path.startswith("/v1/blast-radius") else None
            if told is not None:
                lie(told)
            return body if told is None else json.dumps(told).encode()

        with Liar(S.daemon, answer) as server:
            return S.sealward("resign", "package", "--status", SEALWARD_SERVER=server)

    def test_1_what_the_index_says_is_held_against_the_record(self):
        self.assertEqual(self.lied(lambda told: None).code, 0)
        held = []

        def another_artifact(told):
            for row in told["list"]:
                row["artifact"]["digest"] = b64(sha256(b"never signed"))

        def another_signature(told):
            for row in told["list"]:
                row["entry"] -= 1

        def all_is_done(told):
            held.extend(told["list"])
            told["list"] = list(held)

        for lie, said in ((another_artifact, "its grant declares another artifact"),
                          (another_signature, "it is no request"),
                          (all_is_done, "another key has signed there")):
            done = self.lied(lie)
            self.assertEqual(done.code, 1, done.err)
            self.assertIn("does not show that part-", done.err)
            self.assertIn(said, done.err)

    def test_2_what_has_changed_is_named_and_not_signed(self):
        folder = self.collect(NAMES[0])
        S.write(os.path.join(folder, "deep", "er", NAMES[0]), b"something else\n")
        items, _ = self.resign(folder)
        self.assertEqual(items[NAMES[0]]["changed"], os.path.join(folder, "deep/er", NAMES[0]))
        self.assertIsNone(items[NAMES[0]]["file"])
        self.assertEqual(set(self.states().values()), {False})
        self.assertEqual(self.requests(), [])

    def test_3_a_file_that_is_missing_is_left_and_another_name_is_no_matter(self):
        folder = self.collect(NAMES[1])
        os.rename(os.path.join(folder, "deep", "er", NAMES[1]), os.path.join(folder, "renamed"))
        items, err = self.resign(folder)
        self.assertTrue(items[NAMES[1]]["done"])
        self.assertIsNone(items[NAMES[2]]["file"])
        self.assertIn("looked at 1 files, found 1 of 6 artifacts", err)
        self.assertEqual(sum(self.states().values()), 1)
        self.verify(folder, "renamed")

    def test_4_killed_in_the_middle_it_goes_on_where_it_was(self):
        folder = self.collect(*NAMES)
        process = subprocess.Popen(
            [case.program("sealward"), "resign", "package", "--files", folder, "--out",
             S.path("new")], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            cwd=S.work, env=S.environment)
        for line in process.stderr:
            if " 2 of 5: " in line:
                process.kill()
                break
        process.stderr.close()
        process.wait(20)
        before = sum(self.states().values())
        self.assertGreaterEqual(before, 3)
        items, err = self.resign(folder, "--again", code=0)
        self.assertTrue(all(item["done"] for item in items.values()))
        self.assertLessEqual(len(self.requests()), 8, "one of each, and what the kill may have cost")
        for name in NAMES:
            if name != NAMES[1]:
                self.verify(folder, os.path.join("deep/er", name))

    def test_5_where_everything_is_done_nothing_is_asked_for(self):
        grants = len(S.entries("grant"))
        folder = self.collect(*NAMES[2:])
        _, err = self.resign(folder, code=0)
        self.assertEqual(len(S.entries("grant")), grants)

    def test_6_what_is_done_but_not_in_its_place_is_told_and_signed_again_on_demand(self):
        folder = self.collect(*NAMES[2:4])
        place = S.path("new/deep/er/%s.p7s" % NAMES[2])
        os.unlink(place)
        _, err = self.resign(folder)
        self.assertIn("1 artifacts are signed on record, but", err)
        before = len(self.requests())
        self.resign(folder, "--again", code=0)
        self.assertEqual(len(self.requests()), before + 1)
        self.verify(folder, os.path.join("deep/er", NAMES[2]))

    def test_7_one_grant_names_all_digests_and_waits_for_its_approvals(self):
        path = S.write(os.path.join(S.folder("firmware"), "board.bin"), b"firmware\n")
        officers = {"approvers": ("officer-2", "officer-3")}
        self.assertEqual(S.sealward("sign", "--signer", "board", "--format", "cms", path,
                                    **officers).code, 0)
        old = S.key_of("board", "active")
        S.switch_key("board")
        done = S.sealward("resign", "board", "--files", S.path("firmware"), "--old",
                          unb64(old).hex()[:16], **officers)
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("sealward approve", done.err)
        self.assertIn("1 of 1: " + path + ".p7s", done.err)
        self.verify(S.path("firmware"), "board.bin", path + ".p7s")

    def test_8_what_is_revoked_by_itself_is_never_signed_again(self):
        w, officer = S.world, S.world.officers[0]
        with S.lock:
            row = next(s for s in S.daemon.get("/v1/blast-radius?kind=key&id=" +
                                               unb64(OLD).hex())["list"]
                       if s["artifact"]["name"] == NAMES[5])
            made = row["artifact"]
            artifact = sha256(b"%s\0%s\0%s" % (made["format"].encode(), made["algorithm"].encode(),
                                               unb64(made["digest"]))).hex()
            w.say("revoke", officer, {
                "subject": "artifact", "id": artifact, "activation": S.daemon.get(
                    "/v1/revocable?kind=artifact&id=" + artifact)["activation"],
                "reason": "privilegeWithdrawn", "effective": 0, "note": "built by a stranger"})
        ledger = S.ledger("package")
        self.assertEqual((ledger["total"], ledger["revoked"]), (5, 1))
        self.assertNotIn(NAMES[5], [item["name"] for item in ledger["items"]])
        self.assertIn("1 signatures of the old key are left out",
                      S.sealward("resign", "package", "--status").out)

    def test_9_called_wrongly(self):
        for words, code, said in ((("package",), 2, "--files"),
                                  (("image", "--status"), 1, "no active key"),
                                  (("Package!", "--status"), 2, "no signer's id")):
            done = S.sealward("resign", *words)
            self.assertEqual(done.code, code, done.err)
            self.assertIn(said, done.err)
        new = S.daemon.get("/v1/signers/package")["keys"]
        active = next(k["id"] for k in new if k["state"] == "active")
        done = S.sealward("resign", "package", "--status", "--old",
                          unb64(active).hex())
        self.assertIn("the old key is the one that signs now", done.err)


if __name__ == "__main__":
    case.main()
