#!/usr/bin/env python3
"""What the keeper does by its own hand for the life of a key: status and its signatures, destruction,
the token compared with the record, timestamps, the second socket for all that reduces trust."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import MODULE, Brake
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from world import Link, Refused, Session, World, b64, leaf_hash, sha256, unb64


class Status(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = World(case.program("sealward-keeper"), rules=2,
                      version_2={"status": {"list_every": 600, "crl_every": 600}})
        cls.w.run("--first")
        cls.w.show(first=True)
        cls.w.make_ca()
        cls.w.make_authorities()

    @classmethod
    def tearDownClass(cls):
        cls.w.close()

    def setUp(self):
        self.key, _ = self.w.make_signer("package")

    # --- helpers

    def revoke_body(self, kind, name, activation, reason="keyCompromise", effective=0, officer=0):
        return self.w.state_body("revoke", self.w.officers[officer], {
            "subject": kind, "id": name, "activation": activation, "reason": reason,
            "effective": effective, "note": "drill"})

    def subject(self, kind, name):
        brake = Brake(self.w.keeper.brake)
        try:
            return brake.subject(kind, name)
        finally:
            brake.close()

    def activation(self, kind, name):
        subject = self.subject(kind, name)
        return subject.get("activation") or subject["activated"]

    def revoke_key(self, **how):
        key = self.key.hex()
        return self.w.submit("revoke", self.revoke_body("key", key, self.activation("key", key),
                                                        **how))

    def of_type(self, kind):
        return [(index, json.loads(text)) for index, text in enumerate(self.w.follow())
                if json.loads(text)["type"] == kind]

    def tool(self, *options):
        return subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label",
                               "sealward-signing", "--login", "--pin", "1234", *options],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=dict(os.environ, SOFTHSM2_CONF=self.w.keeper.conf)).stdout.decode()

    def workers(self):
        listing = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid",
                                  self.spawner()], stdout=subprocess.PIPE).stdout.decode()
        return [int(line.split()[0]) for line in listing.splitlines()]

    def spawner(self):
        listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.w.keeper.process.pid)],
                                 stdout=subprocess.PIPE).stdout.decode()
        return listing.split()[0]

    # --- status

    def test_a_revocation_is_published_within_a_second(self):
        began = time.time()
        index = self.revoke_key()["index"]
        status = self.w.wait_status(index)
        self.assertLess(time.time() - began, 1)
        entry = dict(self.of_type("status"))[status["index"]]
        self.assertGreater(status["index"], index)
        paths = [item["path"] for item in status["signatures"]]
        self.assertEqual(paths[0], "distrust/list")
        self.assertEqual(len(paths), len(set(paths)))
        self.assertTrue(any(path.startswith("crl/") for path in paths))
        for item in status["signatures"]:
            self.assertEqual(len(unb64(item["signature"])), 64)
        self.assertEqual(self.w.link.ask("STATUS")["index"], status["index"])
        self.assertEqual(self.w.link.ask("STATUS")["signatures"], status["signatures"])
        later = [e["body"]["number"] for _, e in self.of_type("status")]
        self.assertEqual(later, sorted(set(later)))
        self.assertEqual(entry["body"]["number"], later[-1])

    def test_revocations_that_come_while_a_status_is_signed_follow_at_once(self):
        keys = [self.key] + [self.w.make_signer("package")[0] for _ in range(3)]
        bodies = [self.revoke_body("key", key.hex(), self.activation("key", key.hex()))
                  for key in keys]
        tags = [self.w.link.post("SUBMIT", {"type": "revoke", "body": body}) for body in bodies]
        last = max(self.w.link.receive()[1]["index"] for _ in tags)
        self.w.wait_status(last)

    def test_a_restart_makes_a_new_status_instead_of_signing_an_old_one(self):
        self.revoke_key()
        before = self.of_type("status")[-1]
        self.w.restart()
        status = self.w.wait_status(before[0] + 1)
        entry = dict(self.of_type("status"))[status["index"]]
        self.assertGreater(entry["body"]["number"], before[1]["body"]["number"])

    def test_a_daemon_that_was_away_asks_for_the_newest_status(self):
        index = self.revoke_key()["index"]
        pushed = self.w.wait_status(index)
        other = Link(self.w.keeper.socket)
        self.assertEqual(other.ask("STATUS")["signatures"], pushed["signatures"])
        other.close()

    def test_a_token_that_goes_away_delays_the_signatures_and_nothing_else(self):
        w = self.w
        body = self.revoke_body("key", self.key.hex(), self.activation("key", self.key.hex()))
        away = w.keeper.tokens + ".away"
        os.rename(w.keeper.tokens, away)
        os.makedirs(w.keeper.tokens)
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)
        index = w.link.submit("revoke", body)["index"]
        time.sleep(0.5)
        os.rmdir(w.keeper.tokens)
        os.rename(away, w.keeper.tokens)
        status = self.w.wait_status(index, 60)
        self.assertIn("distrust/list", [item["path"] for item in status["signatures"]])

    # --- the second socket

    def test_the_second_socket_revokes_while_the_daemon_withholds(self):
        w = self.w
        body = self.revoke_body("key", self.key.hex(), self.activation("key", self.key.hex()))
        brake = Brake(w.keeper.brake)
        answer = brake.reduce("revoke", body)
        brake.close()
        self.assertEqual(answer["outcome"], "entered")
        self.w.wait_status(answer["index"])
        s = Session()
        grant = w.grant(s, "package-release")
        with self.assertRaises(Refused) as caught:
            w.request(s, grant, self.key, [{"digest": sha256(b"x")}])
        self.assertEqual(caught.exception.rule, "key.state")

    def test_what_is_revoked_before_a_start_is_entered_and_published_by_it(self):
        w = self.w
        body = self.revoke_body("key", self.key.hex(), self.activation("key", self.key.hex()))
        note = w.checkpoint()
        w.link.close()
        w.keeper.stop()
        w.run()
        brake = Brake(w.keeper.brake)
        self.assertEqual(brake.reduce("revoke", body), {"outcome": "withheld", "index": None})
        with self.assertRaises(Refused):
            brake.reduce("revoke", body)
        brake.close()
        w.show(note)
        index, _ = self.of_type("revoke")[-1]
        self.w.wait_status(index)

    def test_the_second_socket_takes_a_retirement(self):
        key, _ = self.w.make_signer("image")
        body = self.w.state_body("retire", self.w.officers[0], {
            "subject": "key", "id": key.hex(), "activation": self.activation("key", key.hex()),
            "reason": "drill"})
        brake = Brake(self.w.keeper.brake)
        self.assertEqual(brake.reduce("retire", body)["outcome"], "entered")
        brake.close()

    def test_the_second_socket_expels_an_endpoint(self):
        w = self.w
        spki = Session().spki
        w.say("enroll", w.officers[0], {"id": "host-1", "class": "workstation", "key": b64(spki)})
        subject = self.subject("endpoint", "host-1")
        self.assertEqual((subject["class"], subject["key"]), ("workstation", b64(spki)))
        body = w.state_body("expel", w.officers[0], {"id": "host-1",
                                                     "activation": subject["activated"]})
        brake = Brake(w.keeper.brake)
        self.assertEqual(brake.reduce("expel", body)["outcome"], "entered")
        brake.close()
        with self.assertRaises(Refused):
            self.subject("endpoint", "host-1")

    def test_the_second_socket_revokes_what_it_can_only_describe_by_its_record(self):
        w = self.w
        for kind, name in (("certificate", str(w.number_of(w.certify(self.key, "package")[0]))),
                           ("artifact", sha256(b"an artifact").hex()),
                           ("path", "package-rsa-release")):
            body = self.revoke_body(kind, name, self.activation(kind, name))
            brake = Brake(w.keeper.brake)
            answer = brake.reduce("revoke", body)
            brake.close()
            self.assertEqual(answer["outcome"], "entered", kind)
            w.wait_status(answer["index"])

    def test_the_second_socket_takes_nothing_that_raises_trust(self):
        w = self.w
        body = w.state_body("enroll", w.officers[0], {
            "id": "host-2", "class": "workstation", "key": b64(Session().spki)})
        brake = Brake(w.keeper.brake)
        for kind in ("enroll", "timestamp", "root-crl", "status", "destroyed", "renewal"):
            with self.assertRaises(Refused) as caught:
                brake.reduce(kind, body)
            self.assertEqual(caught.exception.rule, "brake.reducing")
        brake.close()

    # --- the root

    def test_a_ceremony_signs_the_roots_own_lists(self):
        w = self.w
        out = w.ceremony("crl")
        names = sorted(name for name in os.listdir(out) if name.startswith("root-crl-"))
        self.assertTrue(names)
        for name in names:
            with open(os.path.join(out, name), "rb") as file:
                body = json.loads(file.read())
            crl = x509.load_der_x509_crl(unb64(body["crl"]))
            self.assertTrue(crl.is_signature_valid(self.root().public_key()))
            w.submit("root-crl", body)
        self.assertEqual(len(self.of_type("root-crl")), len(names))

    def root(self):
        statement = self.of_type("ceremony")[0][1]["body"]["statement"]
        return x509.load_der_x509_certificate(unb64(statement["certificate"]))

    # --- destruction

    def test_a_key_is_destroyed_on_its_token_by_two_people_and_searched_for_again(self):
        w = self.w
        self.revoke_key()
        self.assertIn(self.key.hex(), self.tool("-O"))
        after = len(w.follow())
        leaf = w.decide("destroy", {"key": b64(self.key)})
        entry, _ = w.wait_entry("destroyed", after)
        self.assertEqual(entry["body"], {"proposal": b64(leaf), "key": b64(self.key), "found": 0})
        self.assertNotIn(self.key.hex(), self.tool("-O"))
        self.assertEqual(w.link.ask("RECONCILE")["findings"], [])

    def test_a_read_only_token_keeps_its_key_until_it_can_be_written(self):
        w = self.w
        if os.geteuid() != 0:
            self.skipTest("mounting needs root")
        self.revoke_key()
        after = len(w.follow())
        if subprocess.run(["mount", "--bind", w.keeper.tokens, w.keeper.tokens],
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("this machine mounts nothing")
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", w.keeper.tokens], check=True)
            w.decide("destroy", {"key": b64(self.key)})
            end = time.time() + 20
            while "event=work-failed" not in w.keeper.messages() and time.time() < end:
                time.sleep(0.05)
            self.assertIn("event=work-failed", w.keeper.messages())
            self.assertEqual([e for i, e in self.of_type("destroyed") if i >= after], [])
        finally:
            subprocess.run(["umount", w.keeper.tokens])
        w.wait_entry("destroyed", after)
        self.assertNotIn(self.key.hex(), self.tool("-O"))

    # --- the token compared with the record

    def test_a_key_that_only_the_token_knows_is_a_finding_when_asked(self):
        w = self.w
        self.assertEqual(w.link.ask("RECONCILE")["findings"], [])
        self.tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "aa", "--label", "smuggled",
                  "--usage-sign")
        found = w.link.ask("RECONCILE")
        self.assertEqual([(f["kind"], f["id"]) for f in found["findings"]],
                         [("unknown-key", b64(b"\xaa"))])
        entry = json.loads(w.follow()[found["index"]])
        self.assertEqual((entry["type"], entry["body"]["findings"]),
                         ("reconciled", found["findings"]))
        again = w.link.ask("RECONCILE")
        self.assertEqual((again["index"], again["findings"]), (None, found["findings"]))
        for kind in ("privkey", "pubkey"):
            self.tool("--delete-object", "--type", kind, "--id", "aa")
        over = w.link.ask("RECONCILE")
        self.assertEqual(over["findings"], [])
        self.assertEqual(json.loads(w.follow()[over["index"]])["body"]["findings"], [])

    # --- timestamps

    def test_a_timestamp_is_signed_behind_its_entry(self):
        w = self.w
        certificate = x509.load_der_x509_certificate(w.timestamp_certificate)
        answer = w.submit("timestamp", {
            "key": b64(w.timestamp_key), "certificate": w.number_of(w.timestamp_certificate),
            "algorithm": "sha256", "imprint": b64(sha256(b"stamped")), "nonce": b64(b"\x01\x02"),
            "accuracy": 1000})
        result = answer["results"][0]
        raw = unb64(result["signature"])
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        certificate.public_key().verify(der, unb64(result["extra"]), ec.ECDSA(hashes.SHA256()))


class FullToken(unittest.TestCase):
    def test_a_full_token_has_no_new_key_until_there_is_room_and_signs_meanwhile(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small file system needs root")
        folder = tempfile.mkdtemp(prefix="sealward-full-")
        tokens = os.path.join(folder, "tokens")
        os.makedirs(tokens)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", tokens],
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("this machine mounts no tmpfs")
        w = World(case.program("sealward-keeper"), folder, rules=2)
        try:
            self.fill(w, tokens)
        finally:
            subprocess.run(["umount", "-l", tokens])
            w.close()

    def fill(self, w, tokens):
        w.run("--first")
        w.show(first=True)
        w.make_ca()
        key, _ = w.make_signer("package")
        w.make_authorities()
        subprocess.run(["dd", "if=/dev/zero", "of=" + tokens + "/fill", "bs=4096"],
                       stderr=subprocess.DEVNULL)
        after = len(w.follow())
        w.decide("key", {"role": "signer", "signer": "package", "token": "sealward-signing",
                         "algorithm": "p-256"})
        end = time.time() + 20
        while "event=work-failed" not in w.keeper.messages() and time.time() < end:
            time.sleep(0.02)
        self.assertIn("event=work-failed", w.keeper.messages())
        self.assertNotIn("key", [json.loads(text)["type"] for text in w.follow()[after:]])
        # What is there already signs, and is revoked.
        s = Session()
        grant = w.grant(s, "package-release")
        self.assertEqual(len(w.request(s, grant, key, [{"digest": sha256(b"x")}])["results"]), 1)
        os.unlink(tokens + "/fill")
        w.wait_entry("key", after)
        self.assertEqual(w.link.ask("RECONCILE")["findings"], [])


class Silence(unittest.TestCase):
    def test_a_certificate_near_its_end_is_proposed_for_renewal_with_a_silent_daemon(self):
        w = World(case.program("sealward-keeper"), rules=2,
                  version_2={"status": {"list_every": 1, "crl_every": 1},
                             "life": {"renew": 86398, "warn": 3600, "alarm": 600}})
        try:
            w.run("--first")
            w.show(first=True)
            w.make_ca()
            w.make_authorities()
            after = len(w.texts)
            w.make_signer("package", days=1)
            w.link.close()
            time.sleep(3)
            w.link = Link(w.keeper.socket)
            w.wait_entry("renewal", after, 10)
        finally:
            w.close()

    def test_a_status_that_is_due_needs_no_daemon(self):
        w = World(case.program("sealward-keeper"), rules=2,
                  version_2={"status": {"list_every": 1, "crl_every": 1}})
        try:
            w.run("--first")
            w.show(first=True)
            w.make_ca()
            w.make_authorities()
            w.link.close()
            time.sleep(3.5)
            w.link = Link(w.keeper.socket)
            times = [json.loads(text)["time"] for text in w.follow()
                     if json.loads(text)["type"] == "status"]
            self.assertGreaterEqual(len(times), 3)
            self.assertLess(times[-1] - times[-2], 2500)
        finally:
            w.close()


if __name__ == "__main__":
    case.main()
