#!/usr/bin/env python3
"""Timestamps where a level demands them: `sealward sign` and unmodified tools under `sealward run`,
against a real daemon and a real keeper; judged by openssl, osslsigncode and jarsigner."""

import os
import subprocess
import sys
import unittest
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
import world
from signing import Signing

EFI = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"
TEXT = b"what is to outlive its certificate\n"
# The one level that demands nothing.
FREE = "internal-package"

PE = ("osslsigncode", "sign", "-pkcs11module", "{module}", "-key", "{uri}", "-certs", "{cert}", "-ac",
      "{chain}", "-h", "sha256")
JAR = ("jarsigner", "-keystore", "NONE", "-storetype", "PKCS11", "-providerClass",
       "sun.security.pkcs11.SunPKCS11", "-providerArg", "{java}", "-storepass", "none", "-digestalg",
       "SHA-256", "-sigfile", "SEAL")


def policy_with_one_free_level(officers, **how):
    objects = plain_policy(officers, **how)
    for item in objects:
        if item["kind"] == "life" and item["id"] == FREE:
            item["value"]["timestamp"] = False
    return objects


plain_policy, world.policy_of_version_2 = world.policy_of_version_2, policy_with_one_free_level


def setUpModule():
    global S
    S = Signing(("desktop", "package", "image"), rules=2, version_2={"life": {"timestamp": True}})


def tearDownModule():
    S.close()


class TimestampTest(unittest.TestCase):
    def check(self, *words):
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=S.work, env=dict(os.environ, LC_ALL="C"))
        out = done.stdout.decode(errors="replace")
        self.assertEqual(done.returncode, 0, out)
        return out

    def stamps(self):
        return len(S.entries("timestamp"))

    def ok(self, *words):
        done = S.sealward(*words)
        self.assertEqual(done.code, 0, done.err + done.out)
        return done

    def refused(self, *words):
        done = S.sealward(*words)
        self.assertEqual(done.code, 1, done.err + done.out)
        return done


class Sign(TimestampTest):
    def token_of(self, path):
        """The token in the message's unsigned attributes, and the signature that it is over."""
        words = self.check("openssl", "asn1parse", "-inform", "DER", "-in", path).split("\n")
        at = next(n for n, line in enumerate(words) if "id-smime-aa-timeStampToken" in line)
        offset = int(words[at + 2].split(":")[0])
        token, whole = S.fresh("token.der"), open(path, "rb").read()
        size = int.from_bytes(whole[offset + 2:offset + 4], "big")
        self.assertEqual(whole[offset:offset + 2], b"\x30\x82")
        with open(token, "wb") as file:
            file.write(whole[offset:offset + 4 + size])
        last = [line for line in words[:at] if "OCTET STRING" in line][-1]
        start, head, size = self.place_of(last)
        return token, S.fresh("signature.bin", whole[start + head:start + head + size])

    def place_of(self, line):
        numbers = line.split("prim")[0].replace("=", " ").replace(":", " ").split()
        return int(numbers[0]), int(numbers[numbers.index("hl") + 1]), int(numbers[numbers.index("l") + 1])

    def verify(self, path):
        token, signature = self.token_of(path + ".p7s")
        self.assertIn("Verification: OK", self.check(
            "openssl", "ts", "-verify", "-data", signature, "-in", token, "-token_in", "-CAfile",
            S.root))
        self.check("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", path + ".p7s",
                   "-content", path, "-CAfile", S.root, "-purpose", "any", "-out", os.devnull)

    def test_a_level_that_demands_one_gets_one(self):
        path, before = S.fresh("app.tar", TEXT), self.stamps()
        S.fresh("app.tar.p7s")
        self.ok("sign", "--signer", "desktop", "--format", "cms", path)
        self.verify(path)
        self.assertEqual(self.stamps(), before + 1)

    def test_one_is_made_for_who_asks(self):
        path, before = S.fresh("app.tar", TEXT), self.stamps()
        self.ok("sign", "--signer", "package", "--format", "cms", path)
        self.assertEqual(self.stamps(), before)
        self.ok("sign", "--signer", "package", "--format", "cms", "--timestamp", path)
        self.verify(path)
        self.assertEqual(self.stamps(), before + 1)

    def test_a_bare_hash_is_refused_before_anything_is_entered(self):
        path, grants = S.fresh("image.bin", TEXT), len(S.entries("grant"))
        done = self.refused("sign", "--signer", "image", "--format", "raw", path)
        self.assertIn("format raw cannot carry one", done.err)
        done = self.refused("run", "--signer", "image", "--artifact", path, "--", "true")
        self.assertIn("format raw cannot carry one", done.err)
        self.assertEqual(len(S.entries("grant")), grants)


@unittest.skipUnless(os.path.exists(EFI), "no EFI image to sign")
class Osslsigncode(TimestampTest):
    def test_hands_out_what_has_a_timestamp(self):
        path, out, before = S.copy(EFI, "boot.efi"), S.fresh("boot.signed.efi"), self.stamps()
        self.ok("run", "--signer", "desktop", "--artifact", path, "--", *PE, "-ts", "{tsa}", "-in", path,
                "-out", out)
        self.assertEqual(self.stamps(), before + 1)
        said = self.check("osslsigncode", "verify", "-CAfile", S.root, "-TSA-CAfile", S.root,
                          "-ignore-crl", out)
        self.assertIn("Timestamp Server Signature verification: ok", said)

    def test_does_not_hand_out_what_has_none(self):
        path, out = S.copy(EFI, "boot.efi"), S.fresh("boot.signed.efi")
        S.fresh("boot.signed.efi.no-timestamp")
        done = self.refused("run", "--signer", "desktop", "--artifact", path, "--", *PE, "-in", path,
                            "-out", out)
        self.assertFalse(os.path.exists(out))
        self.assertTrue(os.path.exists(out + ".no-timestamp"))
        self.assertIn("has no timestamp that holds", done.err)
        self.assertIn("osslsigncode -ts {tsa}", done.err)

    def test_of_several_files_it_keeps_those_that_have_one(self):
        one, two = S.copy(EFI, "one.efi"), S.fresh("two.tar", TEXT)
        out, beside = S.fresh("one.signed.efi"), S.fresh("two.tar.p7s")
        S.fresh("two.tar.p7s.no-timestamp")
        script = ('openssl cms -sign -binary -md sha256 -engine pkcs11 -keyform engine -inkey '
                  '"$SEALWARD_KEY_URI" -signer "$SEALWARD_CERT" -outform DER -in two.tar -out two.tar.p7s '
                  '&& "$@" -ts "$SEALWARD_TSA" -in one.efi -out one.signed.efi')
        done = self.refused("run", "--signer", "desktop", "--artifact", one, "--artifact", two,
                            "--output", out, "--", "sh", "-c", script, "sh", *PE)
        self.assertIn("two.tar.p7s has no timestamp that holds", done.err)
        self.assertTrue(os.path.exists(out))
        self.assertFalse(os.path.exists(beside))


class Jarsigner(TimestampTest):
    def run_jar(self, *more):
        path, out = S.fresh("app.jar"), S.fresh("app.signed.jar")
        with zipfile.ZipFile(path, "w") as jar:
            jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
            jar.writestr("data.txt", "what is in the archive\n")
        return out, S.sealward("run", "--signer", "package", "--artifact", path, "--timestamp", "--",
                               *JAR, *more, "-signedjar", out, path, "{key}")

    def test_hands_out_what_has_a_timestamp(self):
        before = self.stamps()
        out, done = self.run_jar("-tsa", "{tsa}")
        self.assertEqual(done.code, 0, done.err + done.out)
        self.assertEqual(self.stamps(), before + 1)
        said = self.check("jarsigner", "-verify", "-verbose", "-certs", out)
        self.assertIn("jar verified", said)
        self.assertIn("Timestamped by", said)

    def test_does_not_hand_out_what_has_none(self):
        out, done = self.run_jar()
        self.assertEqual(done.code, 1, done.err)
        self.assertFalse(os.path.exists(out))
        self.assertIn("jarsigner -tsa {tsa}", done.err)


if __name__ == "__main__":
    case.main()
