#!/usr/bin/env python3
"""Unmodified tools sign under grants: `sealward run` and `sealward sign` against a real daemon and a
real keeper. Each result is verified by a tool that did not sign it, and the record is looked at."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from signing import Signing

EFI = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"
SIGNERS = ("desktop", "desktop-rsa", "package", "package-rsa", "image", "image-rsa", "board")
TEXT = b"what is to be released\n"

CMS = ("openssl", "cms", "-sign", "-binary", "-md", "sha256", "-engine", "pkcs11", "-keyform", "engine",
       "-inkey", "{uri}", "-signer", "{cert}", "-certfile", "{chain}", "-outform", "DER")
DGST = ("openssl", "dgst", "-sha256", "-engine", "pkcs11", "-keyform", "engine", "-sign", "{uri}")
CMS_SHELL = ("openssl cms -sign -binary -md sha256 -engine pkcs11 -keyform engine -inkey "
             '"$SEALWARD_KEY_URI" -signer "$SEALWARD_CERT" -certfile "$SEALWARD_CHAIN" -outform DER')


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            raise unittest.SkipTest(tool + " is not installed")


def setUpModule():
    global S
    S = Signing(SIGNERS)


def tearDownModule():
    S.close()


class RunTest(unittest.TestCase):
    def ok(self, *words, **how):
        done = S.sealward(*words, **how)
        self.assertEqual(done.code, 0, done.err + done.out)
        return done

    def run_tool(self, signer, artifact, *tool, options=(), **how):
        return S.sealward("run", "--signer", signer, "--artifact", artifact, *options, "--", *tool,
                          **how)

    def run_ok(self, *words, **how):
        done = self.run_tool(*words, **how)
        self.assertEqual(done.code, 0, done.err + done.out)
        return done

    def check(self, *words):
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=S.work, env=dict(os.environ, LC_ALL="C"))
        self.assertEqual(done.returncode, 0, done.stdout.decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def counted(self):
        return {kind: len(S.entries(kind)) for kind in ("grant", "request", "binding", "close")}

    def added(self, before):
        return {kind: count - before[kind] for kind, count in self.counted().items()}

    def verify_pe(self, path):
        """The image's hash by sbverify, the CMS inside by GnuTLS."""
        self.check("sbverify", "--cert", S.root, path)
        self.check("sbattach", "--detach", "inside.p7", path)
        self.check("certtool", "--p7-verify", "--inder", "--infile", "inside.p7",
                   "--load-ca-certificate", S.root)

    def verify_cms(self, signature, content):
        """Signed by openssl through the engine or put together here; judged by openssl and GnuTLS."""
        self.check("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature,
                   "-content", content, "-CAfile", S.root, "-purpose", "any", "-out", os.devnull)
        if shutil.which("certtool"):
            self.check("certtool", "--p7-verify", "--inder", "--infile", signature, "--load-data",
                       content, "--load-ca-certificate", S.root)


class Tools(RunTest):
    """Each tool, with each kind of key that it can use."""

    def signed(self, before, binding):
        self.assertEqual(self.added(before), {"grant": 1, "request": 1, "binding": binding, "close": 1})

    def test_openssl_cms(self):
        for signer in ("desktop", "desktop-rsa"):
            path, out = S.fresh("app.tar", TEXT), S.fresh("app.tar.p7s")
            before = self.counted()
            done = self.run_ok(signer, path, *CMS, "-in", path, "-out", out)
            self.assertIn("signed app.tar: entry", done.err)
            self.assertIn(", bound\n", done.err)
            self.verify_cms(out, path)
            self.signed(before, 1)

    def test_osslsigncode(self):
        need("osslsigncode", "sbverify")
        for signer in ("desktop", "desktop-rsa"):
            path, out = S.copy(EFI, "boot.efi"), S.fresh("boot.signed.efi")
            before = self.counted()
            self.run_ok(signer, path, "osslsigncode", "sign", "-pkcs11module", "{module}",
                        "-key", "{uri}", "-certs", "{cert}", "-ac",
                        "{chain}", "-h", "sha256", "-in", path, "-out", out)
            self.check("sbverify", "--cert", S.root, out)
            self.signed(before, 1)

    def test_sbsign(self):
        need("sbsign", "certtool")
        for signer in ("desktop", "desktop-rsa"):
            path, out = S.copy(EFI, "boot.efi"), S.fresh("boot.signed.efi")
            before = self.counted()
            self.run_ok(signer, path, "sh", "-c", 'cat "$SEALWARD_CERT" >one.pem; exec sbsign --engine '
                        'pkcs11 --key "$SEALWARD_KEY_URI" --cert one.pem --addcert "$SEALWARD_CHAIN" '
                        "--output boot.signed.efi boot.efi", options=("--output", out))
            self.verify_pe(out)
            self.signed(before, 1)

    def test_sbsign_in_place(self):
        need("sbsign", "certtool")
        path = S.copy(EFI, "boot.efi")
        self.run_ok("desktop", path, "sbsign", "--engine", "pkcs11", "--key", "{uri}", "--cert",
                    "{cert}", "--addcert", "{chain}", "--output", path, path)
        self.verify_pe(path)

    def test_jarsigner(self):
        need("jarsigner")
        for signer, algorithm, ending in (("package", "SHA256withECDSA", "EC"),
                                          ("package-rsa", "SHA256withRSA", "RSA")):
            path, out = S.fresh("app.jar"), S.fresh("app.signed.jar")
            with zipfile.ZipFile(path, "w") as jar:
                jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
                jar.writestr("data.txt", "what is in the archive\n")
            before = self.counted()
            self.run_ok(signer, path, "jarsigner", "-keystore", "NONE", "-storetype", "PKCS11",
                        "-providerClass", "sun.security.pkcs11.SunPKCS11", "-providerArg", "{java}",
                        "-storepass", "none", "-digestalg", "SHA-256", "-sigalg", algorithm,
                        "-sigfile", "SEAL", "-signedjar", out, path, "{key}")
            with zipfile.ZipFile(out) as jar:
                S.fresh("seal.p7", jar.read("META-INF/SEAL." + ending))
                S.fresh("seal.sf", jar.read("META-INF/SEAL.SF"))
            self.check("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "seal.p7",
                       "-content", "seal.sf", "-CAfile", S.root, "-purpose", "any", "-out", os.devnull)
            self.signed(before, 0)

    def public_key(self, signer, done_err=None):
        view = S.daemon.get("/v1/signers/" + signer)
        der = base64.b64decode(view["keys"][0]["spki"])
        return S.fresh("public.der", der)

    def test_openssl_dgst_with_a_bare_hash_key(self):
        for signer in ("image", "image-rsa"):
            path, out = S.fresh("image.bin", TEXT), S.fresh("image.bin.sig")
            before = self.counted()
            done = self.run_ok(signer, path, *DGST, "-out", out, path)
            self.assertIn(", bound\n", done.err)
            self.check(sys.executable, "-c", VERIFY_BARE, self.public_key(signer), out, path)
            self.signed(before, 0)

    def test_sign_raw(self):
        for signer in ("image", "image-rsa"):
            path, out = S.fresh("image.bin", TEXT), S.fresh("image.bin.sig")
            self.ok("sign", "--signer", signer, "--format", "raw", path)
            self.check("openssl", "dgst", "-sha256", "-keyform", "DER", "-verify",
                       self.public_key(signer), "-signature", out, path)

    def test_sign_cms_where_everything_is_bound_before(self):
        paths = [S.fresh("firmware-%d.bin" % n, b"firmware %d\n" % n) for n in range(3)]
        before = self.counted()
        done = self.ok("sign", "--signer", "board", "--format", "cms", *paths, "--receipts",
                       S.path("receipts"), approvers=("officer-2", "officer-3"))
        for path in paths:
            self.assertIn(path + ".p7s: signed as entry", done.out)
            self.verify_cms(path + ".p7s", path)
            self.assertTrue(os.path.exists(S.path("receipts/%s.receipt" % os.path.basename(path))))
        self.assertEqual(self.added(before), {"grant": 1, "request": 1, "binding": 0, "close": 1})

    def test_sign_cms_with_another_hash(self):
        path = S.fresh("app.tar", TEXT)
        self.ok("sign", "--signer", "desktop-rsa", "--format", "cms", "--digest", "sha512", "--out",
                S.path("out"), path)
        self.verify_cms(S.path("out/app.tar.p7s"), path)

    def test_what_runs_signs_verifies_by_sealward(self):
        path, out = S.copy(EFI, "boot.efi"), S.fresh("boot.signed.efi")
        need("sbsign")
        self.run_ok("desktop", path, "sbsign", "--engine", "pkcs11", "--key", "{uri}", "--cert",
                    "{cert}", "--addcert", "{chain}", "--output", out, path,
                    options=("--receipts", S.path("receipts")))
        self.ok("verify", out, "--root", S.root, "--receipt", S.path("receipts/boot.efi.receipt"))


VERIFY_BARE = """
import sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
key, signature, content = (open(path, "rb").read() for path in sys.argv[1:4])
key = serialization.load_der_public_key(key)
how = (ec.ECDSA(hashes.SHA256()),) if isinstance(key, ec.EllipticCurvePublicKey) else (
    padding.PKCS1v15(), hashes.SHA256())
key.verify(signature, content, *how)
"""


def der(tag, *parts):
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


def signed_attributes(content):
    """SignedAttributes (RFC 5652 5.3) over some content, the shortest there are."""
    data, kind, digest = (bytes.fromhex("2a864886f70d01" + end) for end in ("0701", "0903", "0904"))
    return der(0x31, der(0x30, der(6, kind), der(0x31, der(6, data))),
               der(0x30, der(6, digest), der(0x31, der(4, hashlib.sha256(content).digest()))))


class Rules(RunTest):
    """What a tool cannot do, and what the user sees of it."""

    def test_a_second_signature_waits_for_the_binding_of_the_first(self):
        one, two = S.fresh("one.tar", b"one\n"), S.fresh("two.tar", b"two\n")
        script = CMS_SHELL + " -in one.tar -out hidden.p7s && " + CMS_SHELL + " -in two.tar -out two.p7s"
        S.fresh("hidden.p7s"), S.fresh("two.p7s")
        findings = len(S.findings())
        done = self.run_tool("desktop", one, "sh", "-c", script, options=("--artifact", two))
        self.assertNotEqual(done.code, 0)
        self.assertIn("sealward: refused: a signature of this grant is not bound", done.err)
        self.assertIn("NOT BOUND", done.err)
        self.assertEqual(len(S.findings()), findings + 1)
        self.assertEqual(S.findings()[0]["kind"], "grant.unbound")

    def test_several_files_under_one_grant_are_bound_as_they_appear(self):
        one, two = S.fresh("one.tar", b"one\n"), S.fresh("two.tar", b"two\n")
        script = CMS_SHELL + " -in one.tar -out one.p7s && " + CMS_SHELL + " -in two.tar -out two.p7s"
        outs = S.fresh("one.p7s"), S.fresh("two.p7s")
        done = self.run_ok("desktop", one, "sh", "-c", script,
                           options=("--artifact", two, "--output", outs[0], "--output", outs[1]))
        self.assertEqual(done.err.count(", bound\n"), 2)
        self.verify_cms(outs[0], one)
        self.verify_cms(outs[1], two)

    def test_what_stays_unbound_is_a_failure_of_its_own(self):
        path = S.fresh("app.tar", TEXT)
        S.fresh("hidden")
        done = self.run_tool("desktop", path, "sh", "-c", CMS_SHELL + " -in app.tar -out hidden")
        self.assertEqual(done.code, 4, done.err)
        self.assertIn("NOT BOUND", done.err)
        self.assertIn("--output FILE", done.err)

    def test_an_undeclared_file_is_not_bound(self):
        path, other = S.fresh("app.tar", TEXT), S.fresh("other.tar", b"something else\n")
        out = S.fresh("other.p7s")
        done = self.run_tool("desktop", path, *CMS, "-in", other, "-out", out)
        self.assertEqual(done.code, 4, done.err)

    def test_the_level_before_refuses_tools_that_hash(self):
        path, out = S.fresh("fw.bin", TEXT), S.fresh("fw.bin.p7s")
        done = self.run_tool("board", path, *CMS, "-in", path, "-out", out,
                             approvers=("officer-2", "officer-3"))
        self.assertNotEqual(done.code, 0)
        self.assertIn("sealward: refused: this level signs only what is bound", done.err)
        self.assertIn("sealward: hint: use sealward sign", done.err)

    def test_attributes_that_come_whole_bind_at_once(self):
        """A tool that hands over what is to be signed shows by itself what it is over."""
        need("pkcs11-tool")
        path = S.fresh("fw.bin", TEXT)
        S.fresh("attributes", signed_attributes(TEXT))
        for name, code in (("attributes", 0), ("other", 1)):
            S.fresh("other", signed_attributes(b"other"))
            before = self.counted()
            done = self.run_tool("board", path, "pkcs11-tool", "--module", "{module}", "--token-label",
                                 "{token}", "--sign", "-m", "ECDSA-SHA256", "--label", "{key}", "-i",
                                 name, "-o", S.fresh("attributes.sig"), "--signature-format", "openssl",
                                 approvers=("officer-2", "officer-3"))
            self.assertEqual(done.code, code, done.err)
            self.assertEqual(self.added(before)["request"], 1 - code)
        self.assertEqual(done.err.count("sealward: refused:"), 1, "the tool asks twice")

    def test_an_exhausted_count(self):
        path = S.fresh("image.bin", TEXT)
        other = S.fresh("other.bin", b"other\n")
        script = ("openssl dgst -sha256 -engine pkcs11 -keyform engine -sign $SEALWARD_KEY_URI -out {0}.sig "
                  "{0}.bin")
        done = self.run_tool("image", path, "sh", "-c",
                             script.format("image") + " && " + script.format("other"),
                             options=("--artifact", other, "--count", "1"))
        self.assertNotEqual(done.code, 0)
        self.assertIn("refused: the grant is for 1 digests, 1 are signed", done.err)

    def test_a_bare_hash_that_is_not_declared(self):
        path, other = S.fresh("image.bin", TEXT), S.fresh("other.bin", b"other\n")
        done = self.run_tool("image", path, *DGST, "-out", S.fresh("other.sig"), other)
        self.assertNotEqual(done.code, 0)
        self.assertIn("refused: ", done.err)
        self.assertIn("declares no artifact with this hash", done.err)

    def test_sha1_never_leaves_the_machine(self):
        path, out = S.fresh("image.bin", TEXT), S.fresh("image.bin.sig")
        before = self.counted()
        done = self.run_tool("image", path, "openssl", "dgst", "-sha1", *DGST[3:], "-out", out, path)
        self.assertNotEqual(done.code, 0)
        self.assertIn("a digest of 20 bytes", done.err)
        self.assertEqual(self.added(before)["request"], 0)

    def test_equal_digests_are_signed_once(self):
        path = S.fresh("image.bin", TEXT)
        script = " && ".join(
            ["openssl dgst -sha256 -engine pkcs11 -keyform engine -sign $SEALWARD_KEY_URI -out a.sig "
             "image.bin"] * 3)
        before = self.counted()
        self.run_ok("image", path, "sh", "-c", script)
        self.assertEqual(self.added(before)["request"], 1)

    def test_a_rejected_grant(self):
        path = S.fresh("app.tar", TEXT)
        done = self.run_tool("desktop", path, "false", verdict="rejection")
        self.assertEqual(done.code, 1)
        self.assertIn("is rejected", done.err)

    def test_a_wrong_identity_is_refused(self):
        path = S.fresh("app.tar", TEXT)
        done = self.run_tool("desktop", path, "true", SEALWARD_IDENTITY_COMMAND="echo a.b.c")
        self.assertEqual(done.code, 1)
        before = self.counted()
        done = self.run_tool("board", path, "true", SEALWARD_AS="workload/nobody")
        self.assertIn("no release path lets workload/nobody", done.err)
        self.assertEqual(self.added(before)["grant"], 0)


    def test_a_person_signs_with_the_approval_of_another(self):
        path, out = S.fresh("app.tar", TEXT), S.fresh("app.tar.p7s")
        agent, socket = S.agent("release-engineer")
        actor = S.world.people["release-engineer"].actor
        try:
            # Even where a workload needs nobody.
            for signer in ("desktop", "package"):
                done = self.run_ok(signer, path, *CMS, "-in", path, "-out", out, SEALWARD_AS=actor,
                                   SSH_AUTH_SOCK=socket, SEALWARD_IDENTITY_COMMAND="")
                self.assertIn("waiting for 1 of team approvers", done.err)
                self.verify_cms(out, path)
        finally:
            agent.terminate()
            agent.wait()


class Running(RunTest):
    """Tools that fail, daemons that go away, many at once."""

    def test_a_failing_tools_code_is_passed_on_and_the_grant_closed(self):
        path = S.fresh("app.tar", TEXT)
        before = self.counted()
        done = self.run_tool("desktop", path, "sh", "-c", "exit 9")
        self.assertEqual(done.code, 9, done.err)
        self.assertEqual(self.run_tool("desktop", path, "no-such-tool").code, 127)
        self.assertEqual(self.added(before), {"grant": 2, "request": 0, "binding": 0, "close": 2})

    def test_nothing_is_left_behind(self):
        path = S.fresh("app.tar", TEXT)
        done = self.run_ok("package", path, "sh", "-c", 'dirname "$SEALWARD_OPENSSL_CONF"; ls -la '
                           '"$SEALWARD_HELPER"; cat "$SEALWARD_JAVA_CONFIG"')
        folder = done.out.splitlines()[0]
        self.assertTrue(folder.startswith(S.world.folder + "/sealward."))
        self.assertIn("slot = 1", done.out)
        self.assertFalse(os.path.exists(folder))

    def test_the_daemon_restarts_meanwhile(self):
        path, out = S.fresh("image.bin", TEXT), S.fresh("image.bin.sig")
        flag = S.fresh("ready")

        def during(line):
            if "is open" in line:
                end = time.time() + 10
                while not os.path.exists(flag) and time.time() < end:
                    time.sleep(0.05)
                S.daemon.kill()
                os.rename(flag, S.fresh("go"))
                time.sleep(1.5)
                S.daemon.start()

        S.fresh("go")
        script = ("touch ready; while [ ! -e go ]; do sleep 0.1; done; exec openssl dgst -sha256 -engine "
                  "pkcs11 -keyform engine -sign $SEALWARD_KEY_URI -out image.bin.sig image.bin")
        self.run_ok("image", path, "sh", "-c", script, during=during)
        self.assertTrue(os.path.getsize(out) > 60)

    def test_a_signature_whose_run_died_is_bound_by_hand(self):
        path, out = S.fresh("app.tar", TEXT), S.fresh("app.tar.p7s")
        before = self.counted()
        done = self.run_tool("desktop", path, "sh", "-c",
                             CMS_SHELL + " -in app.tar -out app.tar.p7s; kill -9 $PPID")
        self.assertEqual(done.code, -signal.SIGKILL)
        grant = done.err.split("sealward: grant ")[1].split()[0]
        self.assertEqual(self.added(before)["binding"], 0)
        self.ok("bind", "--grant", grant, out)
        self.assertEqual(self.added(before)["binding"], 1)
        done = S.sealward("bind", "--grant", grant, path)
        self.assertEqual(done.code, 1)
        self.assertIn("holds no signature of this grant", done.err)

    def test_signals_go_to_the_tool_and_the_grant_is_closed(self):
        path = S.fresh("app.tar", TEXT)
        before = self.counted()
        done = self.run_tool("package", path, "sh", "-c",
                             "trap 'exit 5' TERM; kill -TERM $PPID; while :; do sleep 0.1; done")
        self.assertEqual(done.code, 5, done.err)
        self.assertEqual(self.added(before)["close"], 1)

    def test_200_processes_at_once(self):
        path = S.fresh("app.tar", TEXT)
        client = os.path.join(case.BUILD, "tests/peers/peer-module-client")
        before = self.counted()
        script = ('for i in $(seq 200); do (printf %%s $i | openssl dgst -sha256 -binary | %s '
                  '"$SEALWARD_MODULE" "$SEALWARD_KEY_LABEL" >sig.$i || touch failed.$i) & done; wait; '
                  '! ls failed.* 2>/dev/null' % client)
        self.run_ok("package", path, "sh", "-c", script, options=("--count", "200"))
        for n in range(1, 201):
            self.assertEqual(os.path.getsize(S.path("sig.%d" % n)), 64)
            os.unlink(S.path("sig.%d" % n))
        added = self.added(before)
        digests = sum(len(r["body"]["items"]) for r in S.entries("request")[before["request"]:])
        self.assertEqual(digests, 200)
        self.assertLess(added["request"], 150, "calls that wait together should be one request")


if __name__ == "__main__":
    case.main()
