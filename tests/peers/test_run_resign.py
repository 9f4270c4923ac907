#!/usr/bin/env python3
"""`sealward resign` through an unmodified tool: boot images that an old key signed, signed again by
osslsigncode with timestamps, handed out only when they are bound and have one."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from campaign import Campaign

EFI = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"
PE = ("osslsigncode sign -pkcs11module {module} -key {uri} -certs {cert} -ac {chain} -h sha256 "
      "-in {file} ")
WITH = PE + "-out {out} -ts {tsa}"
NAMES = ("one.efi", "two.efi")


def image(n):
    """Images that differ in a byte which the hash covers."""
    with open(EFI, "rb") as file:
        content = bytearray(file.read())
    at = content.index(b"This program cannot be run")
    content[at] ^= n
    return bytes(content)


def setUpModule():
    global S
    if not os.path.exists(EFI):
        raise unittest.SkipTest("no EFI image to sign")
    S = Campaign(("desktop",), version_2={"life": {"timestamp": True}})
    folder = S.folder("files")
    for n, name in enumerate(NAMES):
        path = S.write(os.path.join(folder, name), image(n + 1))
        old = S.fresh("old-" + name)
        words = WITH.format(file=path, out=old, module="{module}", uri="{uri}", cert="{cert}",
                            chain="{chain}", tsa="{tsa}").split()
        done = S.sealward("run", "--signer", "desktop", "--artifact", path, "--", *words)
        if done.code != 0:
            raise RuntimeError(done.err)
    S.switch_key("desktop")


def tearDownModule():
    S.close()


class Resign(unittest.TestCase):
    """In the order of their numbers."""

    def resign(self, template, *words):
        return S.sealward("resign", "desktop", "--files", S.path("files"), "--out", S.path("new"),
                          "--with", template, *words)

    def done(self):
        return S.ledger("desktop")["done"]

    def out(self, name):
        return S.path("new/" + name)

    def test_1_without_a_tool_they_are_left(self):
        done = S.sealward("resign", "desktop", "--files", S.path("files"))
        self.assertEqual(done.code, 1)
        self.assertIn("2 artifacts were left: name a tool", done.err)
        self.assertEqual(S.entries("grant")[2:], [])

    def test_2_a_tool_that_fails_is_told_of_for_each(self):
        done = self.resign("false {file} {out}")
        self.assertEqual(done.code, 1, done.err)
        self.assertEqual(done.err.count(".efi: the tool failed\n"), 2)
        self.assertIn("at 2 artifacts the tool failed", done.err)
        done = self.resign("true {file} {out}")
        self.assertEqual(done.err.count("the tool has signed nothing"), 2)
        self.assertEqual(self.done(), 0)

    def test_3_what_has_no_timestamp_is_not_handed_out(self):
        done = self.resign(PE + "-out {out}")
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("has no timestamp that holds", done.err)
        self.assertFalse(os.path.exists(self.out("one.efi")))

    def test_4_what_is_written_elsewhere_is_not_bound(self):
        before = self.done()
        done = self.resign(PE + "-ts {tsa} -out " +
                           S.fresh("elsewhere") + " -n {out}")
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("could not be bound: does the tool write {out}?", done.err)
        self.assertEqual(self.done(), before)
        done = self.resign("true")
        self.assertEqual(done.code, 2, done.err)
        self.assertIn("{out}", done.err)

    def test_5_all_are_signed_again_and_verify(self):
        done = self.resign(WITH, "--again", "--receipts", S.path("receipts"))
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(self.done(), 2)
        for name in NAMES:
            subprocess.run(["sbverify", "--cert", S.root, self.out(name)], check=True,
                           stdout=subprocess.DEVNULL)
            said = subprocess.run(["osslsigncode", "verify", "-CAfile", S.root, "-TSA-CAfile",
                                   S.root, "-ignore-crl", self.out(name)], check=True,
                                  capture_output=True, text=True)
            self.assertIn("Timestamp Server Signature verification: ok", said.stdout)
            good = S.sealward("verify", self.out(name), "--root", S.root, "--receipt",
                              S.path("receipts/%s.receipt" % name))
            self.assertEqual(good.code, 0, good.err + good.out)
        self.assertEqual([name for name in os.listdir(S.world.folder)
                          if name.startswith("sealward-resign")], [])

    def test_6_afterwards_there_is_nothing_to_do(self):
        grants = len(S.entries("grant"))
        done = self.resign(WITH)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(len(S.entries("grant")), grants)


if __name__ == "__main__":
    case.main()
