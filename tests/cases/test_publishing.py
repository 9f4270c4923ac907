#!/usr/bin/env python3
"""The daemon with a real keeper: what it publishes of a revocation and how fast, timestamps by real
tools, confirmations that hold and those that do not, and how far a revocation has come."""

import json
import os
import subprocess
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import b64, canonical, unb64
from cryptography import x509
from daemon import Daemon, Problem, free_port
from world import Session, World, sha256


class Endpoint:
    """A machine that confirms by hand."""

    def __init__(self, test, name, kind="workstation", enrolled=True):
        self.test, self.name, self.key = test, name, Session()
        if enrolled:
            test.w.say("enroll", test.w.officers[0], {"id": name, "class": kind,
                                                      "key": b64(self.key.spki)})

    def confirmation(self, **other):
        test = self.test
        note = test.w.checkpoint().decode().split("\n")
        said = {"authority": b64(test.w.authority), "endpoint": self.name,
                "time": int(time.time() * 1000), "number": test.number(),
                "list": b64(sha256(test.file("distrust/list"))), "size": int(note[1]),
                "root": note[2]}
        said.update(other)
        return said

    def post(self, said=None, key=None):
        said = said or self.confirmation()
        text = canonical(said)
        signature = (key or self.key).sign(b"sealward-confirmation\0" + text)
        return self.test.d.call("POST", "/v1/confirmations",
                                b'{"confirmation":' + text + b',"signature":"' +
                                b64(signature).encode() + b'"}')


class Publishing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = World(case.program("sealward-keeper"), rules=2)
        cls.w.run("--first")
        cls.w.show(first=True)
        cls.w.make_ca()
        cls.w.make_authorities()
        cls.d = Daemon(case.program("sealwardd"), cls.w)
        cls.plain = free_port()
        cls.start("--first")

    @classmethod
    def start(cls, *options):
        folder = os.path.join(cls.d.public, "log")
        if not os.path.exists(os.path.join(folder, "checkpoint")):
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "checkpoint"), "wb") as file:
                file.write(cls.w.checkpoint())
        cls.d.start("--tsa-listen", "127.0.0.1:%d" % cls.plain)

    @classmethod
    def tearDownClass(cls):
        cls.d.kill()
        cls.w.close()

    # --- helpers

    def http(self, path, data=None):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.plain, path), data) as answer:
            return answer.read()

    def file(self, name):
        return self.http("/" + name)

    def number(self):
        """Of the list that is published (docs/protocol/distrust-list.md)."""
        return int.from_bytes(self.file("distrust/list")[40:48], "big")

    def path(self, name, data):
        path = os.path.join(self.w.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def pem(self, name, *certificates):
        from cryptography.hazmat.primitives.serialization import Encoding
        return self.path(name, b"".join(x509.load_der_x509_certificate(c).public_bytes(
            Encoding.PEM) for c in certificates))

    def root(self):
        return unb64(self.d.get("/v1/keys")["roots"][0]["der"])

    def crl_name(self, certificate):
        points = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(
            x509.CRLDistributionPoints).value
        url = points[0].full_name[0].value
        self.assertTrue(url.startswith("http://127.0.0.1:8080/crl/"), url)
        return url[len("http://127.0.0.1:8080/"):]

    def wait_for(self, look, seconds=10):
        end = time.time() + seconds
        while time.time() < end:
            try:
                found = look()
            except (OSError, urllib.error.HTTPError):
                found = None
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError("never came: " + self.d.messages())

    def caught_up(self):
        size = len(self.w.follow())
        self.wait_for(lambda: self.d.get("/v1/authority")["size"] >= size)

    def revoke(self, kind, name, effective=0):
        self.caught_up()
        subject = self.d.get("/v1/revocable?kind=%s&id=%s" % (kind, name))
        return self.w.submit("revoke", self.w.state_body("revoke", self.w.officers[0], {
            "subject": kind, "id": name, "activation": subject["activation"],
            "reason": "keyCompromise", "effective": effective, "note": "drill"}))

    def refused(self, rule, call, *words, **named):
        with self.assertRaises(Problem) as caught:
            call(*words, **named)
        self.assertEqual(caught.exception.rule, rule, caught.exception)

    # --- publishing

    def test_a_revocation_is_out_within_a_second(self):
        key, certificate = self.w.make_signer("package")
        name = self.crl_name(certificate)
        self.wait_for(lambda: self.file(name))
        before = self.number()
        start = time.time()
        self.revoke("key", key.hex())
        serial = x509.load_der_x509_certificate(certificate).serial_number
        self.wait_for(lambda: x509.load_der_x509_crl(
            self.file(name)).get_revoked_certificate_by_serial_number(serial))
        self.wait_for(lambda: self.number() > before)
        self.assertLess(time.time() - start, 1.0 if "SANITIZED" not in os.environ else 5.0)
        self.assertIn(key, self.file("distrust/list"))
        # A peer agrees.
        chain = self.pem("chain.pem", self.root(), self.w.ca)
        crl = self.path("one.crl", self.file(name))
        subprocess.run(["openssl", "crl", "-inform", "DER", "-in", crl, "-out", crl + ".pem"],
                       check=True)
        run = subprocess.run(["openssl", "verify", "-crl_check", "-CRLfile", crl + ".pem",
                              "-CAfile", chain, self.pem("leaf.pem", certificate)],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertIn(b"certificate revoked", run.stdout)

    def test_files_that_are_lost_come_back_with_a_start(self):
        key, certificate = self.w.make_signer("package")
        name = self.crl_name(certificate)
        self.wait_for(lambda: self.file(name))
        self.caught_up()
        self.revoke("key", key.hex())
        number = self.wait_for(lambda: key in self.file("distrust/list") and self.number())
        self.d.stop()
        os.remove(os.path.join(self.d.public, name))
        with open(os.path.join(self.d.public, "distrust/list"), "r+b") as file:
            file.truncate(100)
        self.start()
        self.wait_for(lambda: self.file(name))
        self.assertEqual(self.wait_for(self.number), number)

    def test_an_older_list_never_takes_the_place_of_a_newer(self):
        key, _ = self.w.make_signer("package")
        self.caught_up()
        self.revoke("key", key.hex())
        self.wait_for(lambda: key in self.file("distrust/list"))
        # What stands there says that it is newer than anything this keeper has made.
        self.d.stop()
        path = os.path.join(self.d.public, "distrust/list")
        with open(path, "rb") as file:
            true = file.read()
        newer = true[:40] + (2 ** 40).to_bytes(8, "big") + true[48:]
        with open(path, "wb") as file:
            file.write(newer)
        self.start()
        self.wait_for(lambda: "publication-older" in self.d.messages())
        self.assertEqual(self.file("distrust/list"), newer)
        self.d.stop()
        with open(path, "wb") as file:
            file.write(true)
        self.start()

    # --- timestamps

    def query(self, *options):
        path = os.path.join(self.w.folder, "query")
        data = self.path("stamped", b"what is stamped")
        subprocess.run(["openssl", "ts", "-query", "-data", data, "-sha256", "-cert", "-out", path,
                        *options], check=True, stderr=subprocess.DEVNULL)
        with open(path, "rb") as file:
            return file.read(), data

    def test_openssl_takes_the_timestamps(self):
        query, data = self.query()
        before = len(self.w.follow())
        reply = self.path("reply", self.http("/tsa", query))
        run = subprocess.run(["openssl", "ts", "-verify", "-data", data, "-in", reply, "-CAfile",
                              self.pem("root.pem", self.root()), "-untrusted",
                              self.pem("tsa.pem", self.w.timestamp_ca)],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertIn(b"Verification: OK", run.stdout, run.stdout)
        entry = json.loads(self.w.follow()[before])
        self.assertEqual(entry["type"], "timestamp")
        self.caught_up()
        metrics = self.d.get("/metrics", raw=True).decode()
        self.assertRegex(metrics, r"sealward_timestamps_total [1-9]")

    # --- confirmations

    def test_a_confirmation_is_kept(self):
        e = Endpoint(self, "edge-kept")
        self.caught_up()
        answer = e.post()
        self.assertEqual(answer, {"endpoint": "edge-kept", "number": self.number()})
        told = self.d.get("/v1/propagation")
        mine = [m for m in told["endpoints"] if m["id"] == "edge-kept"][0]
        self.assertEqual((mine["number"], mine["silent"]), (self.number(), False))
        self.d.stop()
        self.start()
        told = self.d.get("/v1/propagation")
        self.assertIn(mine, told["endpoints"])

    def test_confirmations_that_do_not_hold(self):
        e = Endpoint(self, "edge-false")
        stranger = Endpoint(self, "edge-stranger", enrolled=False)
        self.caught_up()
        self.refused("confirmation.endpoint", stranger.post)
        with self.assertRaises(Problem) as caught:
            e.post(key=stranger.key)
        self.assertEqual((caught.exception.status, caught.exception.code), (401, "auth"))
        self.refused("confirmation.authority", e.post, e.confirmation(authority=b64(b"\1" * 32)))
        self.refused("confirmation.number", e.post, e.confirmation(number=2 ** 40))
        for changed, rule in (({"list": b64(b"\2" * 32)}, "confirmation.list"),
                              ({"root": b64(b"\3" * 32)}, "confirmation.checkpoint"),
                              ({"size": 10 ** 9}, "confirmation.checkpoint")):
            self.refused(rule, e.post, e.confirmation(**changed))
        findings = [f for f in self.d.get("/v1/findings")["findings"]
                    if f["kind"] == "endpoint.fork"]
        self.assertEqual(len(findings), 3)
        self.assertIn("edge-false", findings[0]["text"])
        self.wait_for(lambda: "confirmation.list" in [
            r["rule"] for r in self.d.get("/v1/refusals")["refusals"]])
        # Nothing of it has been kept.
        mine = [m for m in self.d.get("/v1/propagation")["endpoints"] if m["id"] == "edge-false"]
        self.assertIsNone(mine[0]["number"])
        old = e.confirmation()
        self.assertEqual(e.post()["number"], old["number"])
        key, _ = self.w.make_signer("package")
        self.caught_up()
        self.revoke("key", key.hex())
        self.wait_for(lambda: key in self.file("distrust/list"))
        self.caught_up()
        e.post()
        self.refused("confirmation.older", e.post, old)

    def test_a_confirmation_that_is_handed_in_again_says_nothing_new(self):
        e = Endpoint(self, "edge-silent")
        self.caught_up()
        mine = lambda: [m["last"] for m in self.d.get("/v1/propagation")["endpoints"]
                        if m["id"] == "edge-silent"]
        old, new = e.confirmation(), e.confirmation()
        new["time"] += 1
        e.post(old)
        before = mine()
        e.post(new)
        last = mine()
        self.assertGreater(last, before)
        for said in (old, new):
            self.assertEqual(e.post(said)["number"], said["number"])
        self.assertEqual(mine(), last)

    def test_a_name_that_is_enrolled_again_has_confirmed_nothing(self):
        first = Endpoint(self, "edge-again")
        self.caught_up()
        first.post()
        enrolled = self.w.record.leaves[max(i for i, text in enumerate(self.w.follow())
                                            if json.loads(text)["type"] == "enroll")]
        self.w.submit("expel", self.w.state_body("expel", self.w.officers[0], {
            "id": "edge-again", "activation": b64(enrolled)}))
        second = Endpoint(self, "edge-again")
        self.caught_up()
        mine = lambda: [m["number"] for m in self.d.get("/v1/propagation")["endpoints"]
                        if m["id"] == "edge-again"]
        self.assertEqual(mine(), [None])
        second.post()
        self.assertEqual(mine(), [self.number()])

    def test_how_far_a_revocation_has_come(self):
        quick, slow = Endpoint(self, "edge-quick"), Endpoint(self, "edge-slow")
        Endpoint(self, "edge-museum", kind="museum")
        key, _ = self.w.make_signer("package")
        self.caught_up()
        for e in (quick, slow):
            e.post()
        entry = json.loads(unb64(self.revoke("key", key.hex())["entry"]))
        self.wait_for(lambda: key in self.file("distrust/list"))
        self.caught_up()
        quick.post()
        told = self.d.get("/v1/propagation?kind=key&id=" + key.hex())
        self.assertEqual(list(told), ["status", "endpoints", "revocations"])
        one = told["revocations"][0]
        self.assertEqual(one["stopped"], entry["time"])
        self.assertGreaterEqual(one["published"], one["stopped"])
        self.assertGreaterEqual(one["written"], one["published"])
        self.assertIn("edge-slow", one["laggards"])
        self.assertNotIn("edge-quick", one["laggards"])
        self.assertNotIn("edge-museum", one["laggards"])
        first = {c["endpoint"]: c["time"] for c in one["confirmations"]}
        self.assertIsNone(first["edge-slow"])
        self.assertGreaterEqual(first["edge-quick"], one["published"])
        horizons = {h["class"]: h["time"] for h in one["horizons"]}
        self.assertIsNone(horizons["museum"])
        self.assertIsNone(horizons["appliance"])  # reads CRLs, but goes on with one that has expired
        self.assertGreater(horizons["workstation"], one["published"])
        newest = self.d.get("/v1/propagation?limit=1")["revocations"][0]
        self.assertEqual(newest["stopped"], max(r["stopped"] for r in self.d.get(
            "/v1/propagation?limit=100")["revocations"]))
        radius = self.d.get("/v1/blast-radius?kind=key&id=" + key.hex())
        covered = {c["class"]: c for c in radius["endpoints"]}
        self.assertEqual(list(covered), ["workstation"])
        self.assertEqual(covered["workstation"]["covered"], one["confirmed"])
        with self.assertRaises(Problem):
            self.d.get("/v1/propagation?kind=key&id=" + "00" * 32)

    # --- stories

    def story(self, kind, name):
        told = self.d.get("/v1/story?kind=%s&id=%s&limit=1000" % (kind, name))
        self.assertIsNone(told["next"])
        return [entry["type"] for entry in told["entries"]]

    def test_stories_are_whole(self):
        key, certificate = self.w.make_signer("package")
        number = self.w.number_of(certificate)
        self.caught_up()
        whole = ["proposal", "approval", "approval", "key", "proposal", "approval", "approval",
                 "issuance", "certificate"]
        self.assertEqual(self.story("key", key.hex()), whole)
        self.assertEqual(self.story("certificate", number), whole[4:])
        self.revoke("key", key.hex())
        Endpoint(self, "edge-story")
        self.caught_up()
        self.assertEqual(self.story("key", key.hex()), whole + ["revoke"])
        self.assertEqual(self.story("endpoint", "edge-story"), ["enroll"])
        self.assertIn("proposal", self.story("signer", "package"))

    # --- views

    def test_views_of_the_life(self):
        key, _ = self.w.make_signer("package")
        self.caught_up()
        inventory = self.d.get("/v1/inventory")
        self.assertIn(key.hex(), [k["id"] for k in inventory["keys"]])
        self.assertEqual(self.d.get("/v1/inventory?expiring=1")["keys"], [])
        keys, certificates, place = [], [], ""
        while place is not None:
            page = self.d.get("/v1/inventory?limit=2" + place)
            keys += page["keys"]
            certificates += page["certificates"]
            after = page["next"]
            place = None if after["keys"] is after["certificates"] is None else \
                "&keys=%s&certificates=%d" % (after["keys"] or "ff" * 32,
                                              after["certificates"] or 2 ** 50)
        self.assertEqual(keys, inventory["keys"])
        self.assertEqual(certificates, inventory["certificates"])
        self.assertIn("items", self.d.get("/v1/calendar"))
        self.assertIn("endpoints", self.d.get("/v1/life"))
        self.assertIn("revocations", self.d.get("/v1/revocations"))
        self.assertEqual(self.d.get("/v1/reach/app-ci")["workload"], "app-ci")
        token = self.w.issuer.token("x", self.w.claims)
        told = self.d.call("POST", "/v1/explain", token if isinstance(token, bytes) else
                           token.encode())
        self.assertTrue(any(w["fits"] for w in told["workloads"]), told)
        self.assertEqual(self.d.call("POST", "/v1/reconcile", b"")["findings"], [])
        metrics = self.d.get("/metrics", raw=True).decode()
        self.assertIn('sealward_certificate_expires_seconds{key="%s"' % key.hex(), metrics)
        for name in ("sealward_list_expires_seconds", "sealward_crl_next_seconds",
                     "sealward_overdue_ratifications", "sealward_orphans", "sealward_endpoints",
                     "sealward_endpoints_silent", "sealward_revocations"):
            self.assertRegex(metrics, "\n" + name + " -?[0-9]+")


if __name__ == "__main__":
    case.main()
