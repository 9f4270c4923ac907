#!/usr/bin/env python3
"""The life of keys and certificates by `sealward`, against a real keeper, a real daemon and SoftHSM:
owned, looked at, revoked, seen to be revoked, replaced, signed again."""

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import b64, unb64
from signing import Signing

LEAF = re.compile(r"^leaf +([0-9a-f]{64})", re.M)
CMS = b"a release, first edition\n"


class Authority(unittest.TestCase):
    """People with `sealward`, each with an agent of their own."""

    @classmethod
    def found(cls, signers, **more):
        cls.s = Signing(signers, **{"rules": 2, **more})
        cls.addClassCleanup(cls.s.close)
        cls.agents = {}
        for name in cls.s.world.people:
            cls.agents[name] = cls.s.agent(name)
            cls.addClassCleanup(cls.agents[name][0].wait)
            cls.addClassCleanup(cls.agents[name][0].kill)

    # --- sealward as somebody

    def run_as(self, who, *words, **extra):
        person = self.s.world.people[who]
        return self.s.sealward(*words, SEALWARD_AS=person.actor,
                               SSH_AUTH_SOCK=self.agents[who][1], **extra)

    def ok(self, who, *words, code=0):
        done = self.run_as(who, *words)
        self.assertEqual(done.code, code, done.err)
        return done.out

    def json(self, who, *words, code=0):
        return json.loads(self.ok(who, *words, "--json", code=code))

    def refused(self, who, *words):
        done = self.run_as(who, *words)
        self.assertEqual(done.code, 1, done.out + done.err)
        return done.err

    def decide(self, *words, by="officer-1"):
        """Proposed by one, approved by the two others."""
        leaf = self.json(by, *words)["leaf"]
        for name in ("officer-1", "officer-2", "officer-3"):
            if name != by:
                self.ok(name, "approve", "--yes", leaf)
        return leaf

    def keys(self, signer):
        return [k for k in self.json("officer-1", "key", "show")["keys"] if k["signer"] == signer]

    def key_in(self, signer, state):
        end = time.time() + 20
        while time.time() < end:
            found = [k["id"] for k in self.keys(signer) if k["state"] == state]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError("%s has no key that is %s: %s" % (signer, state, self.keys(signer)))

    def sign(self, name, content, signer="package"):
        path = self.s.fresh(name, content)
        done = self.s.sealward("sign", "--signer", signer, "--format", "cms", path, "--json")
        return path, done


class LifeTest(Authority):
    @classmethod
    def setUpClass(cls):
        cls.found(["package", "desktop"])

    # --- looking

    def test_01_the_inventory_names_owner_deputy_expiry_and_use(self):
        _, done = self.sign("a.tar.gz", CMS)
        self.assertEqual(done.code, 0, done.err)
        text = self.ok("officer-1", "inventory", "keys")
        head, *rows = text.splitlines()
        self.assertTrue(head.startswith("KEY"))
        row = next(r for r in rows if " package " in r)
        owner, deputy = self.s.world.officers[:2]
        for part in (owner.handle, deputy.handle, "active", "today",
                     self.key_in("package", "active")[:12]):
            self.assertIn(part, row)
        self.assertTrue(row.endswith(" 1"), row)
        whole = self.json("officer-1", "inventory")
        self.assertEqual({"keys", "certificates", "signers", "paths", "workloads", "people"} -
                         set(whole), set())
        table = list(csv.reader(io.StringIO(self.ok("officer-1", "inventory", "keys", "--csv"))))
        self.assertEqual(len(table), 1 + len(whole["keys"]))
        exact = next(r for r in table if "package" in r)
        for part in (self.key_in("package", "active"), "internal-package", "sealward-signing"):
            self.assertIn(part, exact)
        soon = self.ok("officer-1", "inventory", "--expiring", "40d", "keys")
        self.assertIn("desktop", soon)
        self.assertNotIn("issuing-ca", soon)
        self.assertIn("desktop", self.ok("officer-1", "inventory", "--owner", owner.handle))
        self.assertIn("nothing", self.ok("officer-1", "inventory", "--unused", "90d"))

    def test_02_the_rules_version_is_shown_and_not_raised_twice(self):
        self.assertIn("rules version 2 is in force", self.ok("officer-1", "policy", "rules"))
        self.assertIn("rules.version", self.refused("officer-1", "policy", "rules", "2"))

    def test_02_the_calendar_says_what_ends_and_who_is_needed(self):
        text = self.ok("officer-1", "calendar", "--within", "400d")
        self.assertTrue(text.startswith("WHEN"))
        self.assertIn("certificate", text)

    def test_03_a_story_cites_its_entries(self):
        key = self.key_in("package", "active")
        lines = self.ok("officer-1", "show", "key", key[:12]).splitlines()
        numbers = [int(line.split()[0]) for line in lines]
        self.assertEqual(numbers, sorted(numbers))
        self.assertTrue(any(" key " in line for line in lines))
        whole = self.ok("officer-1", "show", "signer", "package").splitlines()
        self.assertLessEqual(set(lines), set(whole))
        self.assertTrue(any(" grant " in line for line in whole))

    def test_04_blast_radius_and_what_if_before_anything_is_revoked(self):
        key = self.key_in("package", "active")
        text = self.ok("officer-1", "blast-radius", key)
        self.assertIn("1 signatures", text)
        self.assertIn("a.tar.gz", text)
        self.assertIn("workload/app-ci", text)
        told = self.json("officer-1", "revoke", "key", key, "--what-if", "--effective", "1h")
        self.assertEqual((told["fall"], told["survive"]), (1, 0))
        told = self.json("officer-1", "revoke", "key", key, "--what-if")
        self.assertEqual(told["fall"] + told["survive"], 1)
        text = self.ok("officer-1", "revoke", "key", key, "--what-if", "--effective", "always")
        self.assertIn("OpenSSL", text)
        self.assertIn("1 signatures fall", text)

    def test_05_a_token_is_explained_claim_by_claim(self):
        w = self.s.world
        token = w.issuer.token("any", dict(w.claims, repository_id="2002"))
        path = self.s.fresh("token", token.encode() + b"\n")
        text = self.ok("officer-1", "explain", path)
        self.assertIn('DIFFERS  claim repository_id: approved "1001", came "2002"', text)
        self.assertIn("fits     claim environment", text)
        self.assertIn("fits     signature", text)
        self.assertIn("sealward reconfirm", text)
        forged = self.s.fresh("token", token.encode()[:-8] + b"AAAAAAAA")
        self.assertIn("DIFFERS  signature: ", self.ok("officer-1", "explain", forged))
        good = self.s.fresh("token", w.issuer.token("any", w.claims).encode())
        self.assertIn("this is it", self.ok("officer-1", "explain", good))

    def test_06_the_token_is_compared_with_the_record(self):
        self.assertIn("no others", self.ok("officer-1", "reconcile"))

    # --- owners and pipelines

    def test_07_ownership_is_shown_and_taken(self):
        self.assertIn("owned", self.ok("officer-1", "ownership", "show"))
        third = self.s.world.people["officer-3"].handle
        self.decide("ownership", "take", "package", "--owner", third)
        self.assertIn(third, next(l for l in self.ok(
            "officer-1", "ownership", "show").splitlines() if l.startswith("package ")))
        self.assertIn("not waiting", self.refused("officer-2", "ownership", "confirm", "package") +
                      "not waiting")

    def test_08_a_pipeline_that_moved_is_refused_and_reconfirmed(self):
        w = self.s.world
        before = dict(w.claims)
        w.claims["repository_id"] = "2002"
        self.s.environment["SEALWARD_IDENTITY_COMMAND"] = "%s %s" % (sys.executable,
                                                                    self.s.write_identity())
        _, done = self.sign("b.tar.gz", b"moved\n")
        self.assertEqual(done.code, 1)
        self.assertIn("repository_id", done.err)
        self.decide("reconfirm", "app-ci", "--claim", "repository_id=2002")
        _, done = self.sign("b.tar.gz", b"moved\n")
        self.assertEqual(done.code, 0, done.err)
        w.claims.update(before)

    # --- one signature, one artifact

    def test_09_one_signature_is_revoked_with_its_request_as_evidence(self):
        path, done = self.sign("c.tar.gz", b"to be taken back\n")
        entry = json.loads(done.out)["entry"]
        out = self.ok("officer-1", "revoke", "signature", "%d:0" % entry, "--reason",
                      "privilegeWithdrawn", "--yes", "--note", "signed by mistake")
        self.assertIn("revoked", out)
        revoked = self.json("officer-1", "propagation")["revocations"]
        self.assertEqual(revoked[0]["kind"], "signature")

    def test_10_an_artifact_is_revoked_by_its_file(self):
        path = self.s.fresh("d.tar.gz", b"never to be signed\n")
        self.ok("officer-1", "revoke", "artifact", path + ":cms", "--reason", "superseded", "--yes")
        _, done = self.sign("d.tar.gz", b"never to be signed\n")
        self.assertEqual(done.code, 1)
        self.assertIn("artifact.revoked", done.err)

    # --- endpoints

    def test_11_endpoints_are_enrolled_listed_and_expelled(self):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        key = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        kinds = [o["id"] for o in self.s.daemon.get("/v1/policy")["objects"]
                 if o["kind"] == "endpoints"]
        self.ok("officer-1", "endpoint", "enroll", "edge-1", "--class", kinds[0], "--public-key",
                b64(key), "--yes")
        text = self.ok("officer-1", "endpoint", "list")
        self.assertIn("edge-1", text)
        self.assertIn("never", text)
        self.ok("officer-2", "endpoint", "expel", "edge-1")
        self.assertIn("no endpoint", self.ok("officer-1", "endpoint", "list"))
        done = self.run_as("officer-1", "endpoint", "enroll", "edge-1", "--class", kinds[0],
                           "--public-key", "????", "--yes")
        self.assertIn("neither base64 nor a file", done.err)

    def test_11_stories_are_told_of_every_kind(self):
        """Each line is an entry of the record."""
        with self.s.lock:
            whole = [json.loads(text)["type"] for text in self.s.world.follow()]
        for kind, name, types in (
                ("key", self.key_in("package", "active"), ("proposal", "approval", "key")),
                ("certificate", "1", ("proposal", "issuance", "certificate")),
                ("signer", "package", ("genesis", "key", "certificate", "grant")),
                ("path", "package-release", ("genesis", "grant")),
                ("workload", "app-ci", ("genesis", "proposal", "grant")),
                ("person", self.s.world.officers[0].handle,
                 ("genesis", "proposal", "revoke", "enroll")),
                ("endpoint", "edge-1", ("enroll", "expel")),
                ("artifact", self.s.path("d.tar.gz") + ":cms", ("revoke",))):
            lines = [line.split() for line in self.ok("officer-1", "show", kind, name).splitlines()]
            told = [line[2] for line in lines]
            for wanted in types:
                self.assertIn(wanted, told, (kind, told))
            for line in lines:
                self.assertEqual(whole[int(line[0])], line[2], line)
        done = self.run_as("officer-1", "show", "nothing", "x")
        self.assertEqual(done.code, 2)

    # --- the key

    def test_12_the_compromised_key_is_replaced_and_what_it_signed_is_signed_again(self):
        folder = self.s.path("campaign")
        os.makedirs(folder)
        for n in range(3):
            with open(os.path.join(folder, "part-%d.tar.gz" % n), "wb") as file:
                file.write(b"part %d\n" % n)
        done = self.s.sealward("sign", "--signer", "package", "--format", "cms",
                               *[os.path.join(folder, "part-%d.tar.gz" % n) for n in range(3)])
        self.assertEqual(done.code, 0, done.err)
        old = self.key_in("package", "active")
        # The standby, approved and certified ahead, and the rollover as well.
        self.decide("key", "propose", "--signer", "package", "--token", "sealward-signing",
                    "--algorithm", "p-256")
        new = self.key_in("package", "pre-activation")
        self.decide("certificate", "propose", "--signer", "package", "--key-id", new)
        self.key_in("package", "pre-activation")
        self.wait_certified(new)
        self.decide("rollover", "package", "--on-compromise")
        effective = str(int(time.time() * 1000) - 3600000)
        emergency = ("rollover", "package", "--emergency", "--effective", effective, "--yes")
        done = self.run_as("officer-2", *emergency)
        self.assertEqual(done.code, 2)
        self.assertIn("--from KEY", done.err)
        out = self.ok("officer-2", *emergency, "--from", old)
        self.assertIn("revoked", out)
        self.assertEqual(self.key_in("package", "active"), new)
        self.assertEqual(self.key_in("package", "compromised"), old)
        self.assertIn(old, self.ok("officer-1", "propagation"))
        state = self.json("officer-1", "propagation", "key", old)["revocations"][0]
        self.assertIsNotNone(state["published"])
        done = self.run_as("officer-2", *emergency, "--from", old)
        self.assertIn("signs with its new key", done.err)
        self.assertEqual(self.key_in("package", "active"), new)
        # Signed again: stopped after nothing, continued, done.
        before = json.loads(self.s.sealward("resign", "package", "--status", "--json").out)
        self.assertEqual(before["done"], 0)
        done = self.s.sealward("resign", "package", "--files", folder, "--json")
        told = json.loads(done.out)
        names = {i["name"]: i["done"] for i in told["items"]}
        for n in range(3):
            self.assertTrue(names["part-%d.tar.gz" % n], done.err)
        self.assertEqual(done.code, 1, "what is not in the folder is still to do")
        self.assertIn("3 of", self.s.sealward("resign", "package", "--status").out)
        check = subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
             os.path.join(folder, "part-0.tar.gz.p7s"), "-content",
             os.path.join(folder, "part-0.tar.gz"), "-CAfile", self.s.root, "-purpose", "any"],
            capture_output=True)
        self.assertEqual(check.returncode, 0, check.stderr)
        again = self.s.sealward("resign", "package", "--files", folder, "--json")
        self.assertEqual(json.loads(again.out)["done"], told["done"])

    def wait_certified(self, key):
        end = time.time() + 20
        while time.time() < end:
            for certificate in self.s.daemon.get("/v1/keys")["certificates"]:
                if unb64(certificate["key"]).hex() == key and certificate["der"]:
                    return
            time.sleep(0.05)
        raise AssertionError("not certified")

    def test_13_a_revocation_is_ratified_reaches_further_and_is_lifted(self):
        number = self.s.entries("revoke")[0]["index"]
        leaf = self.json("officer-2", "ratify", str(number))["leaf"]
        self.assertIn("approval.self", self.refused("officer-1", "approve", "--yes", leaf))
        self.ok("officer-3", "approve", "--yes", leaf)
        path = self.s.fresh("d.tar.gz", b"never to be signed\n")
        self.assertIn("revoked it", self.refused("officer-1", "lift", "artifact", path + ":cms"))
        self.more_officers()
        leaf = self.json("officer-2", "lift", "artifact", path + ":cms")["leaf"]
        self.assertIn("approval.self", self.refused("officer-1", "approve", "--yes", leaf))
        for name in ("officer-3", "approver-1"):
            self.ok(name, "approve", "--yes", leaf)
        _, done = self.sign("d.tar.gz", b"never to be signed\n")
        self.assertEqual(done.code, 0, done.err)
        old = self.key_in("package", "compromised")
        self.decide("advance", "key", old, "--effective", "always", "--evidence", "an older trace",
                    by="officer-1")
        told = self.json("officer-1", "propagation", "key", old)["revocations"][0]
        self.assertEqual(told["effective"], 0)

    def more_officers(self):
        """Who revoked, who proposes and two who approve are four people; and one will leave."""
        w = self.s.world
        team = next(o for o in self.s.daemon.get("/v1/policy")["objects"]
                    if (o["kind"], o["id"]) == ("team", "officers"))
        more = [w.people[name].handle for name in ("approver-1", "release-engineer")]
        members = sorted(set(team["value"]["members"] + more))
        with self.s.lock:
            w.decide("policy", {"changes": [{
                "kind": "team", "id": "officers", "replaces": team["digest"],
                "value": {"members": members}}]})

    def test_14_a_retired_key_is_destroyed_by_two(self):
        key = self.key_in("desktop", "active")
        self.ok("officer-1", "retire", "key", key, "--reason", "not needed any more")
        self.assertEqual(self.key_in("desktop", "deactivated"), key)
        self.assertIn("destroy.state", self.refused("officer-2", "destroy",
                                                    self.key_in("package", "active")))
        self.decide("destroy", key, by="officer-2")
        self.assertEqual(self.key_in("desktop", "destroyed"), key)
        self.assertIn("no others", self.ok("officer-1", "reconcile"))

    def test_14_a_signer_is_retired_for_good(self):
        self.ok("officer-1", "retire", "signer", "image", "--reason", "the product has ended")
        row = next(line for line in self.ok("officer-1", "inventory", "signers").splitlines()
                   if line.startswith("image "))
        self.assertTrue(row.endswith("retired"), row)
        self.refused("officer-1", "retire", "signer", "image", "--reason", "once more")

    def test_15_called_wrongly_is_one_line_that_says_what_to_do(self):
        for words, said in (
                (("revoke", "key", "0123456789ab"), "--reason"),
                (("revoke", "thing", "x", "--reason", "superseded"), "cannot be revoked"),
                (("revoke", "key", "0123456789ab", "--reason", "certificateHold"),
                 "no reason that code signing has"),
                (("revoke", "path", "package-release", "--reason", "superseded", "--effective",
                  "soon"), "not a time"),
                (("retire", "key", "0123456789ab"), "--reason"),
                (("rollover", "package", "--at", "1h", "--on-compromise"), "two things"),
                (("ownership", "take", "package"), "--owner"),
                (("reconfirm", "app-ci"), "--claim"),
                (("inventory", "everything"), "the inventory has no"),
                (("calendar", "--within", "long"), "not a duration"),
                (("endpoint", "enroll", "edge", "--class", "kiosk"), "--public-key"),
                (("resign", "package"), "--files"),
                (("backup", "x"), "--journal"),
                (("restore", "x"), "--journal"),
                (("policy", "rules", "77"), "up to"),
                (("propagation", "key"), "of what")):
            done = self.run_as("officer-1", *words)
            self.assertEqual(done.code, 2, (words, done.err))
            self.assertIn(said, done.err)
            self.assertEqual(done.err.count("sealward:"), 1)

    def test_16_without_somebody_to_ask_yes_must_be_said(self):
        done = self.run_as("officer-1", "revoke", "path", "package-release", "--reason",
                           "superseded", "--since", "1h")
        self.assertEqual(done.code, 2)
        self.assertIn("--yes", done.err)

    def test_16_in_an_emergency_without_a_key_that_stands_by_each_call_proposes_what_is_next(self):
        old = self.key_in("package", "active")
        call = ("rollover", "package", "--emergency", "--from", old, "--yes")
        for said, state in (("no key stands by", "pre-activation"),
                            ("has no certificate", "active")):
            done = self.run_as("officer-2", *call)
            self.assertEqual(done.code, 0, done.err)
            self.assertIn(said, done.err)
            leaf = LEAF.findall(done.out)[-1]
            for name in ("officer-1", "officer-3"):
                self.ok(name, "approve", "--yes", leaf)
            new = self.key_in("package", state)
        self.assertNotEqual(new, old)
        done = self.run_as("officer-2", *call)
        self.assertIn("signs with its new key", done.err)
        _, done = self.sign("f.tar.gz", b"the first good one\n")
        self.assertEqual(done.code, 0, done.err)

    def test_17_a_path_is_revoked_since_a_time_and_signs_no_more(self):
        self.ok("officer-1", "revoke", "path", "package-release", "--reason", "keyCompromise",
                "--since", "1h", "--yes")
        _, done = self.sign("e.tar.gz", b"too late\n")
        self.assertEqual(done.code, 1)
        self.assertIn("revoked", done.err)

    def test_18_revoked_through_the_second_socket_with_no_daemon(self):
        self.s.daemon.stop()
        try:
            certificate = "0"
            done = self.run_as("officer-1", "revoke", "path", "desktop-release", "--reason",
                               "privilegeWithdrawn", "--yes", "--brake", self.s.world.keeper.brake)
            self.assertEqual(done.code, 0, done.err)
            self.assertIn("revoked: entry", done.out)
        finally:
            self.s.daemon.start()
        self.assertIn("desktop-release", self.ok("officer-1", "propagation"))

    # --- the owner leaves

    def test_19_an_owner_who_leaves_is_shown_and_the_deputy_confirms_once(self):
        w = self.s.world
        gone = w.people["officer-1"].handle
        objects = self.s.daemon.get("/v1/policy")["objects"]
        changes = [{"kind": o["kind"], "id": o["id"], "replaces": o["digest"], "value": {
            "members": [m for m in o["value"]["members"] if m != gone]}}
            for o in objects if o["kind"] == "team" and gone in o["value"]["members"]]
        changes += [{"kind": "person", "id": gone, "replaces": o["digest"], "value": None}
                    for o in objects if (o["kind"], o["id"]) == ("person", gone)]
        with self.s.lock:
            w.decide("policy", {"changes": changes},
                     by=[w.people[n] for n in ("approver-1", "officer-2", "officer-3")])
        row = self.signer_row("desktop")
        self.assertIn("owner left", row)
        self.assertIn(gone, row)
        self.assertIn("confirm.entitled", self.refused(
            "officer-3", "ownership", "confirm", "desktop"))
        self.ok("officer-2", "ownership", "confirm", "desktop")
        self.assertIn("confirmed once", self.signer_row("desktop"))
        self.refused("officer-2", "ownership", "confirm", "desktop")
        leaf = self.json("officer-2", "ownership", "take", "desktop", "--owner",
                         w.people["officer-3"].handle)["leaf"]
        for name in ("officer-3", "approver-1"):
            self.ok(name, "approve", "--yes", leaf)
        self.assertNotIn("left", self.signer_row("desktop"))

    def signer_row(self, signer):
        return next(line for line in self.ok("officer-2", "ownership", "show").splitlines()
                    if line.startswith(signer + " "))


class RenewalTest(Authority):
    """A level whose certificates are renewed at once."""

    @classmethod
    def setUpClass(cls):
        cls.found(["package"], version_2={"life": {"renew": 40 * 86400}})

    def test_01_a_renewal_that_nobody_proposed_waits_is_shown_and_approved(self):
        end = time.time() + 20
        while " issuance " not in self.ok("officer-1", "pending") and time.time() < end:
            time.sleep(0.05)
        text = self.ok("officer-1", "pending")
        self.assertIn("authority", text)
        leaf = next(l.split()[0] for l in text.splitlines() if " issuance " in l)
        before = len(self.json("officer-1", "certificate", "show")["certificates"])
        for name in ("officer-1", "officer-2"):
            self.ok(name, "approve", "--yes", leaf)
        while len(self.json("officer-1", "certificate", "show")["certificates"]) == before:
            self.assertLess(time.time(), end)
            time.sleep(0.05)
        self.assertIn("by itself", self.ok("officer-1", "calendar"))


if __name__ == "__main__":
    case.main()
