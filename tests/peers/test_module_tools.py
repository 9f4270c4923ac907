"""Unmodified tools sign through the PKCS#11 module; tools that did not sign verify.

    test_module_tools.py MODULE CLIENT

The module talks to module_helper.Helper, an independent implementation of its protocol. A tool that
is not installed is skipped by name. Everything lives in a temporary folder.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as xml
import zipfile

from module_helper import HASHED, REJECTED, WHOLE, Certificate, Helper, Key, openssl

MODULE, CLIENT = "", ""
EFI = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"

ENGINE_CONF = """\
openssl_conf = sealward
[sealward]
engines = sealward_engines
[sealward_engines]
pkcs11 = sealward_pkcs11
[sealward_pkcs11]
engine_id = pkcs11
MODULE_PATH = {module}
init = 0
[req]
distinguished_name = req_distinguished_name
[req_distinguished_name]
"""

JAVA_CONF = """\
name = Sealward
library = {module}
slot = 1
"""

ALGORITHMS = {
    "p256": ("EC", "ec_paramgen_curve:P-256"),
    "p384": ("EC", "ec_paramgen_curve:P-384"),
    "rsa": ("RSA", "rsa_keygen_bits:3072"),
}


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            raise unittest.SkipTest(tool + " is not installed")


def uri(key, kind="private"):
    return f"pkcs11:token=sealward;object={key};type={kind}"


class ModuleTest(unittest.TestCase):
    """Keys and certificates once; a fresh helper for each test."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="sealward-module-")
        os.chdir(cls.dir)
        with open("engine.cnf", "w") as f:
            f.write(ENGINE_CONF.format(module=MODULE))
        with open("java.cfg", "w") as f:
            f.write(JAVA_CONF.format(module=MODULE))
        with open("text", "w") as f:
            f.write("what is to be signed\n")
        with open("usage", "w") as f:
            f.write("keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n")
        cls.make_key("ca", "p256")
        openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/O=Example/CN=Issuing CA",
                "-days", "30", "-out", "ca.pem")
        for name in ALGORITHMS:
            cls.make_key(name, name)
            request = openssl("req", "-new", "-key", name + ".key", "-subj", "/O=Example/CN=" + name)
            openssl("x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "20", "-extfile",
                    "usage", "-out", name + ".pem", data=request)
            openssl("x509", "-in", name + ".pem", "-pubkey", "-noout", "-out", name + ".pub")
        cls.keys = [Key(name, name + ".key", name + ".pem") for name in ALGORITHMS]
        cls.authorities = [("Issuing CA", Certificate("ca.pem"))]

    @staticmethod
    def make_key(name, algorithm):
        kind, option = ALGORITHMS[algorithm]
        openssl("genpkey", "-algorithm", kind, "-pkeyopt", option, "-out", name + ".key")

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        shutil.rmtree(cls.dir)

    def setUp(self):
        self.helper = Helper(os.path.join(self.dir, "helper"), self.keys, self.authorities)
        self.addCleanup(self.helper.close)

    def run_tool(self, *args, conf=False, **options):
        """Runs a tool with the module set up; returns (exit code, everything it wrote)."""
        env = dict(os.environ, SEALWARD_HELPER=self.helper.path, LC_ALL="C.UTF-8")
        env.pop("OPENSSL_CONF", None)
        if conf:
            env["OPENSSL_CONF"] = os.path.join(self.dir, "engine.cnf")
        done = subprocess.run(args, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120, **options)
        return done.returncode, done.stdout.decode(errors="replace")

    def ok(self, *args, conf=False, **options):
        code, out = self.run_tool(*args, conf=conf, **options)
        self.assertEqual(code, 0, out)
        return out

    def fresh(self, name):
        """A file name that does not exist."""
        path = os.path.join(self.dir, name)
        if os.path.exists(path):
            os.unlink(path)
        return path

    def each(self, keys=("p256", "rsa")):
        for key in keys:
            self.helper.signed.clear()
            yield key

    def check_signed(self, key, family, size=None):
        """One signature by that key, asked for in that way."""
        self.assertEqual([(k, f) for k, f, _, _ in self.helper.signed], [(key, family)])
        if size is not None:
            self.assertEqual(len(self.helper.signed[0][3]), size)

    # --- Commands that sign ---

    def dgst(self, key, digest="sha256", out="text.sig"):
        return ("openssl", "dgst", "-" + digest, "-engine", "pkcs11", "-keyform", "engine", "-sign",
                uri(key), "-out", out, "text")

    def jarsigner(self, key, out):
        with zipfile.ZipFile("plain.jar", "w") as jar:
            jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
            jar.writestr("data.txt", "what is in the archive\n")
        algorithm = "SHA256withRSA" if key == "rsa" else "SHA256withECDSA"
        return ("jarsigner", "-keystore", "NONE", "-storetype", "PKCS11", "-providerClass",
                "sun.security.pkcs11.SunPKCS11", "-providerArg", "java.cfg", "-storepass", "none",
                "-digestalg", "SHA-256", "-sigalg", algorithm, "-signedjar", out, "plain.jar", key)

    def pkcs11_tool(self, *args):
        return ("pkcs11-tool", "--module", MODULE, "--token-label", "sealward", *args)

    def pkcs11_tool_sign(self, key, name="text"):
        mechanism = "SHA256-RSA-PKCS" if key == "rsa" else "ECDSA-SHA256"
        key_id = next(k for k in self.keys if k.label == key).id.hex()
        return self.pkcs11_tool("--sign", "-m", mechanism, "--id", key_id, "-i", name, "-o", "sig",
                                "--signature-format", "openssl")

    def ssh_public(self, key):
        for line in self.ok("ssh-keygen", "-D", MODULE).splitlines():
            if line.split()[-1] == key:
                return line + "\n"
        self.fail("ssh-keygen -D does not show " + key)


class Signing(ModuleTest):
    def test_openssl_dgst_through_the_engine(self):
        for key in self.each(("p256", "p384", "rsa")):
            for digest, size in (("sha256", 32), ("sha384", 48), ("sha512", 64)):
                self.helper.signed.clear()
                self.ok(*self.dgst(key, digest), conf=True)
                self.ok("openssl", "dgst", "-" + digest, "-verify", key + ".pub", "-signature",
                        "text.sig", "text")
                self.check_signed(key, HASHED, size)

    def test_openssl_cms_through_the_engine(self):
        for key in self.each():
            self.ok("openssl", "cms", "-sign", "-binary", "-md", "sha256", "-engine", "pkcs11",
                    "-keyform", "engine", "-inkey", uri(key), "-signer", key + ".pem", "-in", "text",
                    "-outform", "DER", "-out", "text.p7s", conf=True)
            self.ok("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "text.p7s",
                    "-content", "text", "-CAfile", "ca.pem", "-purpose", "any", "-out", os.devnull)
            need("certtool")
            self.ok("certtool", "--p7-verify", "--inder", "--infile", "text.p7s", "--load-data",
                    "text", "--load-ca-certificate", "ca.pem")
            self.check_signed(key, HASHED, 32)

    def test_openssl_request_through_the_engine(self):
        for key in self.each():
            self.ok("openssl", "req", "-new", "-engine", "pkcs11", "-keyform", "engine", "-key",
                    uri(key), "-subj", "/CN=x", "-out", "x.csr", conf=True)
            self.ok("openssl", "req", "-verify", "-noout", "-in", "x.csr")

    def test_osslsigncode(self):
        need("osslsigncode", "sbverify")
        for key in self.each():
            out = self.fresh("signed.efi")
            self.ok("osslsigncode", "sign", "-pkcs11module", MODULE, "-key",
                    uri(key), "-certs", key + ".pem", "-ac", "ca.pem", "-h", "sha256", "-n", "Boot",
                    "-in", EFI, "-out", out)
            self.ok("sbverify", "--cert", "ca.pem", out)
            self.check_signed(key, HASHED, 32)

    def test_osslsigncode_with_the_certificate_from_the_token(self):
        need("osslsigncode", "sbverify")
        out = self.fresh("signed.efi")
        self.ok("osslsigncode", "sign", "-pkcs11module", MODULE, "-key",
                uri("rsa"), "-pkcs11cert", uri("rsa", "cert"), "-h", "sha256", "-in", EFI, "-out", out)
        self.ok("sbverify", "--cert", "ca.pem", out)

    def test_sbsign(self):
        need("sbsign", "certtool")
        for key in self.each():
            out = self.fresh("signed.efi")
            self.ok("sbsign", "--engine", "pkcs11", "--key", uri(key), "--cert", key + ".pem",
                    "--output", out, EFI, conf=True)
            self.ok("sbattach", "--detach", "inside.p7", out)
            self.ok("certtool", "--p7-verify", "--inder", "--infile", "inside.p7",
                    "--load-ca-certificate", "ca.pem")
            self.check_signed(key, HASHED, 32)

    def test_jarsigner_hands_over_the_whole_data(self):
        need("jarsigner")
        for key in self.each():
            out = self.fresh("signed.jar")
            self.ok(*self.jarsigner(key, out))
            self.check_signed(key, WHOLE)
            with zipfile.ZipFile(out) as jar:
                names = {os.path.splitext(n)[1]: n for n in jar.namelist()}
                block = names[".RSA" if key == "rsa" else ".EC"]
                for name, member in (("block", block), ("sf", names[".SF"])):
                    with open(name, "wb") as f:
                        f.write(jar.read(member))
            self.ok("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "block",
                    "-content", "sf", "-CAfile", "ca.pem", "-purpose", "any", "-out", os.devnull)

    def test_pkcs11_tool(self):
        need("pkcs11-tool")
        with open("long", "wb") as f:
            f.write(bytes(range(256)) * 1024)
        for key in self.each(("p256", "p384", "rsa")):
            for name in ("text", "long"):
                self.helper.signed.clear()
                self.ok(*self.pkcs11_tool_sign(key, name))
                self.ok("openssl", "dgst", "-sha256", "-verify", key + ".pub", "-signature", "sig",
                        name)
                self.check_signed(key, WHOLE, os.path.getsize(name))

    def test_pkcs11_tool_logs_in_with_anything(self):
        need("pkcs11-tool")
        self.ok(*self.pkcs11_tool("--login", "--pin", "anything", "--list-objects"))

    def test_gnutls(self):
        need("certtool", "p11tool")
        for key in self.each():
            self.ok("p11tool", "--provider", MODULE, "--test-sign", uri(key))
            self.helper.signed.clear()
            self.ok("certtool", "--provider", MODULE, "--p7-detached-sign", "--p7-time", "--hash",
                    "SHA256", "--load-privkey", uri(key), "--load-certificate", key + ".pem",
                    "--infile", "text", "--outfile", self.fresh("text.p7"))
            self.ok("openssl", "cms", "-verify", "-binary", "-inform", "PEM", "-in", "text.p7",
                    "-content", "text", "-CAfile", "ca.pem", "-purpose", "any", "-out", os.devnull)
            self.check_signed(key, HASHED, 32)

    def test_ssh_keygen_certifies(self):
        need("ssh-keygen", "ssh-add")
        for key in self.each(("p256", "p384", "rsa")):
            with open("ssh-ca.pub", "w") as f:
                f.write(self.ssh_public(key))
            for name in ("user", "user.pub", "user-cert.pub"):
                self.fresh(name)
            self.ok("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "user")
            self.ok("ssh-keygen", "-s", "ssh-ca.pub", "-D", MODULE, "-I", "id", "-n", "root", "user.pub")
            # The certificate's own signature: ssh-keygen -Y with the key as a certificate authority.
            with open("allowed", "w") as f:
                f.write("root cert-authority " + self.ssh_public(key))
            self.ok("ssh-keygen", "-q", "-Y", "sign", "-f", "user-cert.pub", "-n", "file", "text")
            with open("text", "rb") as f:
                done = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "root",
                                       "-n", "file", "-s", "text.sig"], stdin=f, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.fresh("text.sig")

    def test_ssh_agent_keeps_the_module_loaded(self):
        need("ssh-agent", "ssh-add")
        with open("askpass", "w") as f:
            f.write("#!/bin/sh\necho none\n")
        os.chmod("askpass", 0o700)
        module = os.path.realpath(MODULE)
        env = dict(os.environ, SEALWARD_HELPER=self.helper.path, SSH_ASKPASS_REQUIRE="force",
                   SSH_AUTH_SOCK=os.path.join(self.dir, "agent"),
                   SSH_ASKPASS=os.path.join(self.dir, "askpass"))
        agent = subprocess.Popen(["ssh-agent", "-D", "-P", module, "-a", env["SSH_AUTH_SOCK"]],
                                 env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not os.path.exists(env["SSH_AUTH_SOCK"]):
                time.sleep(0.01)
            subprocess.run(["ssh-add", "-s", module], env=env, check=True, capture_output=True)
            for key in self.each():
                line = self.ssh_public(key)
                with open("ssh-key.pub", "w") as f:
                    f.write(line)
                self.fresh("text.sig")
                subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", "ssh-key.pub", "-n", "file",
                                "text"], env=env, check=True, capture_output=True)
                with open("allowed", "w") as f:
                    f.write("root " + line)
                with open("text", "rb") as f:
                    subprocess.run(["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "root", "-n",
                                    "file", "-s", "text.sig"], stdin=f, check=True,
                                   capture_output=True)
        finally:
            agent.send_signal(signal.SIGTERM)
            agent.wait()
            self.fresh("text.sig")


class Failing(ModuleTest):
    """What goes wrong must be an error of the tool, and nothing worse."""

    def fails(self, *args, conf=False, show=None):
        code, out = self.run_tool(*args, conf=conf)
        self.assertGreater(code, 0, out)  # not 0, and not ended by a signal
        if show:
            self.assertIn(show, out)

    def each_tool(self, number=None, name=None):
        self.fails(*self.dgst("p256"), conf=True)
        if shutil.which("pkcs11-tool"):
            self.fails(*self.pkcs11_tool_sign("p256"), show=number)
        if shutil.which("certtool"):
            self.fails("certtool", "--provider", MODULE, "--p7-detached-sign", "--load-privkey",
                       uri("p256"), "--load-certificate", "p256.pem", "--infile", "text", "--outfile",
                       "text.p7")
        if shutil.which("jarsigner"):
            self.fails(*self.jarsigner("p256", self.fresh("signed.jar")), show=name)

    def test_a_refusal_is_shown_as_one(self):
        self.helper.refuse = (REJECTED, "the window of the grant is over", "open another", "812")
        self.each_tool("0x200", "CKR_FUNCTION_REJECTED")

    def test_a_helper_that_dies_in_the_middle(self):
        self.helper.die_on_sign = True
        self.each_tool("0x30", "CKR_DEVICE_ERROR")

    def test_no_helper(self):
        self.helper.close()
        self.each_tool()


class Hygiene(ModuleTest):
    def valgrind(self, *args, leaks, code=0, conf=False):
        """The tool ends with `code`, with no error and no leak that has our module in its stack."""
        need("valgrind")
        log = self.fresh("valgrind.xml")
        got, out = self.run_tool("valgrind", "--quiet", "--leak-check=full", "--xml=yes",
                                 "--show-leak-kinds=" + leaks, "--xml-file=" + log, *args, conf=conf)
        self.assertEqual(got, code, out)
        for error in xml.parse(log).getroot().iter("error"):
            text = xml.tostring(error, encoding="unicode")
            self.assertNotIn("sealward-pkcs11", text)

    def test_openssl_never_finalises_and_leaks_nothing(self):
        self.valgrind(*self.dgst("p256"), leaks="definite,indirect,possible", conf=True)

    def test_pkcs11_tool_leaves_nothing_behind(self):
        need("pkcs11-tool")
        self.valgrind(*self.pkcs11_tool_sign("rsa"), leaks="all")

    def test_a_refused_pkcs11_tool_leaves_nothing_behind(self):
        need("pkcs11-tool")
        self.helper.refuse = (REJECTED, "no", "", "")
        self.valgrind(*self.pkcs11_tool_sign("p256"), leaks="all", code=1)

    def test_a_host_that_is_refused_the_key_ends_cleanly(self):
        code, out = self.run_tool(*self.dgst("nobody"), conf=True)
        self.assertEqual(code, 1, out)

    def test_libc_alone_and_one_symbol(self):
        need("readelf", "nm")
        needed = [line.split("[")[1].rstrip("]") for line in self.ok("readelf", "-d", MODULE).splitlines()
                  if "(NEEDED)" in line]
        self.assertEqual(needed, ["libc.so.6"])
        symbols = [line.split()[-1] for line in
                   self.ok("nm", "-D", "--defined-only", MODULE).splitlines()]
        self.assertEqual(symbols, ["C_GetFunctionList"])

    def test_nothing_is_printed(self):
        self.assertEqual(self.ok(*self.dgst("p256"), conf=True).strip(), 'Engine "pkcs11" set.')

    def test_200_processes_at_once(self):
        env = dict(os.environ, SEALWARD_HELPER=self.helper.path)
        digests = [hashlib.sha256(b"%d" % i).digest() for i in range(200)]
        running = []
        for digest in digests:
            host = subprocess.Popen([CLIENT, MODULE, "p256"], env=env, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            host.stdin.write(digest)
            host.stdin.close()
            running.append(host)
        for digest, host in zip(digests, running):
            signature, message = host.stdout.read(), host.stderr.read()
            self.assertEqual(host.wait(), 0, message)
            self.verify_raw("p256", digest, signature)
            host.stdout.close()
            host.stderr.close()

    def verify_raw(self, key, digest, signature):
        numbers = b""
        for half in (signature[:32], signature[32:]):
            number = half.lstrip(b"\0")
            number = b"\0" + number if number[0] & 0x80 else number
            numbers += bytes([2, len(number)]) + number
        for name, data in (("raw", digest), ("raw.sig", bytes([0x30, len(numbers)]) + numbers)):
            with open(name, "wb") as f:
                f.write(data)
        openssl("pkeyutl", "-verify", "-pubin", "-inkey", key + ".pub", "-in", "raw", "-sigfile",
                "raw.sig")


if __name__ == "__main__":
    MODULE, CLIENT = (os.path.realpath(p) for p in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
