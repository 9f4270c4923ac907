#!/usr/bin/env python3
"""Endpoints behind the real daemon: enrolled, confirming, and refusing what they accepted a moment
ago once its key is revoked; one that is offline is shown as the laggard it is."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import Brake, b64, unb64
from endpoint import Endpoint
from signing import Signing


class Pins:
    """What an endpoint is given, of a real authority."""

    def __init__(self, s):
        self.s = s

    def save(self, folder):
        os.makedirs(folder, exist_ok=True)
        for name, source in (("authority.json", self.s.world.authority_file()),
                             ("root.pem", self.s.root)):
            with open(source, "rb") as file, open(os.path.join(folder, name), "wb") as copy:
                copy.write(file.read())


class Daemon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Signing(["package"], rules=2)
        cls.w = cls.s.world

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def endpoint(self, name, enrolled=True):
        g = Endpoint(os.path.join(self.w.folder, name), self.s.daemon.server, Pins(self.s),
                     "--grace", "1m", "--clock-error", "30s", "--silence", "2h", name=name,
                     kind="workstation")
        if enrolled:
            self.w.say("enroll", self.w.officers[0],
                       {"id": name, "class": "workstation", "key": b64(g.spki)})
        return g

    def once(self, g):
        return g.call("run", "--once", "--ca", self.s.daemon.certificate)

    def takes(self, g):
        done = self.once(g)
        self.assertEqual(done.returncode, 0, done.stderr)
        return g.status()["number"]

    def sign(self, name):
        path = self.s.fresh(name, b"a release of " + name.encode())
        done = self.s.sealward("sign", "--signer", "package", "--format", "cms", path)
        self.assertEqual(done.code, 0, done.err)
        return path

    def verdict(self, g, path):
        done = g.call("verify", path)
        return done.returncode, done.stdout + done.stderr

    def signing_key(self):
        return next(unb64(key["id"]) for key in self.s.daemon.get("/v1/keys")["keys"]
                    if key["signer"] == "package")

    def revoke(self, key):
        brake = Brake(self.w.keeper.brake)
        activation = brake.subject("key", key.hex())["activated"]
        brake.close()
        return self.w.submit("revoke", self.w.state_body("revoke", self.w.officers[0], {
            "subject": "key", "id": key.hex(), "activation": activation,
            "reason": "keyCompromise", "effective": 0, "note": "drill"}))["index"]

    def published(self, number):
        """Waits until a list above that number is out."""
        end = time.time() + 20
        while time.time() < end:
            file = self.s.daemon.get("/distrust/list", raw=True)
            if int.from_bytes(file[40:48], "big") > number:
                return
            time.sleep(0.05)
        self.fail("no list above number %d is published" % number)

    def told(self, key):
        found = self.s.daemon.get("/v1/propagation?kind=key&id=" + key.hex())
        return found["revocations"][0]

    def test_two_guards_refuse_what_they_accepted_and_the_third_is_the_laggard(self):
        near, far, offline = (self.endpoint(name) for name in ("near", "far", "offline"))
        path = self.sign("app")
        number = max(self.takes(g) for g in (near, far, offline))
        for g in (near, far, offline):
            code, said = self.verdict(g, path)
            self.assertEqual(code, 0, said)
        key = self.signing_key()
        self.revoke(key)
        self.published(number)
        for g in (near, far):
            self.assertGreater(self.takes(g), number)
            code, said = self.verdict(g, path)
            self.assertEqual(code, 1, said)
            self.assertIn("the key is distrusted", said)
        self.assertEqual(self.verdict(offline, path)[0], 0)
        self.laggard_shown(key, offline)
        self.carry(offline)
        self.assertEqual(self.verdict(offline, path)[0], 1)
        self.assertEqual((self.told(key)["confirmed"], self.told(key)["laggards"]), (3, []))

    def laggard_shown(self, key, offline):
        """By name, and with the moment by which even it must have stopped."""
        told = self.told(key)
        self.assertEqual((told["count"], told["confirmed"]), (3, 2))
        self.assertEqual(told["laggards"], ["offline"])
        horizon = next(h["time"] for h in told["horizons"] if h["class"] == "workstation")
        self.assertEqual(horizon, offline.status()["expires"] + 1000 * (60 + 30))

    def carry(self, g):
        """Files to a machine without network, and its word back."""
        public = self.s.daemon.public
        done = g.call("import", public + "/distrust/list", public + "/log/checkpoint", "--log",
                      public + "/log")
        self.assertEqual(done.returncode, 0, done.stderr)
        file = self.s.fresh("carried.json", g.call("confirmation").stdout.encode())
        done = self.s.sealward("endpoint", "confirm", file)
        self.assertEqual(done.code, 0, done.err)

    def test_a_guard_that_nobody_enrolled_confirms_nothing(self):
        stranger = self.endpoint("stranger", enrolled=False)
        done = self.once(stranger)
        self.assertEqual(done.returncode, 2)
        self.assertIn("confirmation.endpoint", done.stderr)
        self.assertIsNotNone(stranger.status()["number"])
        self.assertIsNone(stranger.status()["confirmed"])


if __name__ == "__main__":
    case.main()
