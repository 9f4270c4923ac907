#!/usr/bin/env python3
"""`sealward verify` with distrust lists and CRLs that are damaged, old or another authority's: the
right verdict, and the reason. Made by docs/protocol alone, and by a library of others."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from publisher import DAY, NOW, Issuer, Publisher, at


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sealward-verify-")
        cls.p = Publisher()
        cls.p.save(cls.folder)
        cls.file = cls.p.sign(cls.folder, "app")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def path(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run_verify(self, *words):
        return subprocess.run([case.program("sealward"), "verify", "--authority",
                               self.folder + "/authority.json", *words, self.file],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def status(self, *words):
        """What `verify` answers about the status, held against how it ends."""
        done = self.run_verify("--json", *words)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        verdict = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if verdict["good"] else 1)
        return verdict["signatures"][0]["checks"]["status"]

    def no_verdict(self, said, *words):
        """A file that is not to be believed is never passed over as if it had not been given."""
        done = self.run_verify(*words)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertIn(said, done.stderr)

    # --- distrust lists

    def listed(self, data):
        return ("--list", self.path("list", data), "--fresh")

    def test_a_list_that_is_good_decides(self):
        good = self.p.make_list(7)
        self.assertEqual(self.status(*self.listed(good))["answer"], "holds")
        revoked = self.p.make_list(8, keys=self.p.revoke_leaf())
        self.assertEqual(self.status(*self.listed(revoked))["rule"], "revoked.key")

    def test_a_list_cut_anywhere_is_none(self):
        good = self.p.make_list(7, keys=self.p.revoke_leaf())
        for size in [0, 1, 8, 40, 119, 120, *range(130, len(good), 97), len(good) - 1]:
            self.no_verdict("list", *self.listed(good[:size]))
        self.no_verdict("list", *self.listed(good + b"\0"))

    def test_a_list_with_a_flipped_bit_is_none(self):
        good = self.p.make_list(7, keys=self.p.revoke_leaf())
        for place in (0, 8, 47, 55, 63, 71, 79, 111, 127, 150, 180, len(good) - 200, len(good) - 1):
            bad = bytearray(good)
            bad[place] ^= 1
            self.no_verdict("list", *self.listed(bytes(bad)))

    def test_a_list_of_another_authority_is_named(self):
        other = Publisher(mark=9)
        self.no_verdict("list.authority", *self.listed(other.make_list(1)))
        self.no_verdict("list.authority", *self.listed(
            self.p.make_list(1, authority=other.authority)))
        self.no_verdict("list.certificate", *self.listed(
            other.make_list(1, authority=self.p.authority)))
        self.no_verdict("does not hold", *self.listed(
            self.p.make_list(1, key=Issuer("list").key)))

    def test_an_expired_list_is_not_fresh_and_still_right_about_what_it_names(self):
        old = {"issued": NOW - 30 * DAY, "life": 7 * DAY}
        clean = self.p.make_list(3, **old)
        self.assertEqual(self.status(*self.listed(clean))["rule"], "list.expired")
        revoked = self.p.make_list(3, keys=self.p.revoke_leaf(), **old)
        path = self.path("list", revoked)
        self.assertEqual(self.status("--list", path)["rule"], "revoked.key")

    # --- CRLs

    def crl(self, issuer=None, revoked=None, issued=NOW - DAY, life=7 * DAY):
        issuer = issuer or self.p.ca
        build = x509.CertificateRevocationListBuilder().issuer_name(issuer.name)
        build = build.last_update(at(issued)).next_update(at(issued + life))
        build = build.add_extension(x509.CRLNumber(5), critical=False)
        build = build.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
            issuer.key.public_key()), critical=False)
        if revoked is not None:
            entry = x509.RevokedCertificateBuilder().revocation_date(at(revoked)).serial_number(
                self.p.leaf.certificate.serial_number)
            build = build.add_revoked_certificate(entry.build())
        return build.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def by_crls(self, *ders):
        """Together with the root's, which is good."""
        words = []
        for n, der in enumerate((self.crl(self.p.root), *ders)):
            words += ["--crl", self.path("crl-%d" % n, der)]
        return words

    def test_a_crl_that_is_good_decides(self):
        self.assertEqual(self.status(*self.by_crls(self.crl()))["answer"], "holds")
        revoked = self.crl(revoked=NOW - DAY)
        self.assertEqual(self.status(*self.by_crls(revoked))["rule"], "revoked.certificate")

    def test_a_crl_cut_anywhere_is_none(self):
        good = self.crl(revoked=NOW - DAY)
        for size in [0, 1, 4, *range(20, len(good), 41), len(good) - 1]:
            self.no_verdict("CRL", *self.by_crls(good[:size]))
        self.no_verdict("CRL", *self.by_crls(good + b"\0"))

    def test_a_crl_with_a_flipped_bit_never_clears(self):
        good = self.crl()
        for place in range(0, len(good), 7):
            bad = bytearray(good)
            bad[place] ^= 1
            done = self.run_verify(*self.by_crls(bytes(bad)))
            self.assertIn(done.returncode, (1, 2), (place, done.stderr))

    def test_a_crl_of_another_issuer_or_expired_clears_nothing(self):
        other = Issuer("issuing")
        for der in (self.crl(other), self.crl(Issuer("stranger")),
                    self.crl(issued=NOW - 30 * DAY), self.crl(issued=NOW + DAY)):
            self.assertEqual(self.status(*self.by_crls(der))["rule"], "verify.crl")

    def test_an_older_crl_beside_the_newer_does_not_hide_what_is_revoked(self):
        older, newer = self.crl(issued=NOW - 2 * DAY), self.crl(revoked=NOW - DAY)
        for ders in ((older, newer), (newer, older)):
            self.assertEqual(self.status(*self.by_crls(*ders))["rule"], "revoked.certificate")

    def test_an_expired_crl_still_revokes(self):
        der = self.crl(revoked=NOW - 29 * DAY, issued=NOW - 28 * DAY)
        self.assertEqual(self.status(*self.by_crls(der))["rule"], "revoked.certificate")


if __name__ == "__main__":
    case.main()
