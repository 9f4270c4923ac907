#!/usr/bin/env python3
"""Shows our certificates and CMS messages to openssl, GnuTLS, osslsigncode, sbsign and jarsigner, and
what those tools sign with our certificates to our artifact reader and our binding and chain checks.

A tool that is not installed is said to be missing and left out, except openssl.

usage: test_certificates.py MAKER-PROGRAM ARTIFACT-PROGRAM
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

EFI = pathlib.Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")
JAR = pathlib.Path("/usr/share/java/junit4.jar")
ARC = "1.3.6.1.4.1.32473"


def run(*command, ok=True):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if ok and done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def has(tool, *files):
    if shutil.which(tool) is None or not all(f.exists() for f in files):
        print(f"left out: {tool} or what it would sign is not installed")
        return False
    return True


class Case:
    """One kind of key: its hierarchy in a folder of its own."""

    def __init__(self, kind, maker, artifact, folder):
        self.kind = kind
        self.artifact = artifact
        self.at = pathlib.Path(folder)
        self.now = int(time.time())
        self.file = self.at / "input"
        self.file.write_bytes(b"a file to be signed\n" * 100)
        run(maker, folder, kind, self.file, self.now - 60)
        for name in ("root", "ca", "leaf"):
            run("openssl", "x509", "-inform", "DER", "-in", self.at / f"{name}.der", "-out",
                self.at / f"{name}.pem")
        run("openssl", "pkey", "-inform", "DER", "-in", self.at / "leaf.key", "-out",
            self.at / "key.pem")
        (self.at / "chain.pem").write_text(
            "".join((self.at / f"{n}.pem").read_text() for n in ("leaf", "ca", "root")))

    def path(self, name):
        return self.at / name

    def show(self, format_name, file, beside="-", when=None):
        return run(self.artifact, format_name, file, beside, self.path("leaf.der"),
                   self.path("root.der"), when or self.now, ok=False)

    def expect(self, format_name, file, beside="-", signatures=1, alg="sha256"):
        lines = self.show(format_name, file, beside).stdout.split("\n")[1:-1]
        want = [f"bound {alg}", "chain"] * signatures
        if lines != want:
            sys.exit(f"{self.kind} {file}: {lines} instead of {want}")

    def identity(self, format_name, file):
        return run(self.artifact, format_name, file).stdout.split("\n")[0]


def check_text(case):
    """What openssl reads in our certificates."""
    leaf = run("openssl", "x509", "-in", case.path("leaf.pem"), "-noout", "-text").stdout
    for part in ("Version: 3 (0x2)", "X509v3 Key Usage: critical\n                Digital Signature",
                 "Code Signing", "https://sign.example/crl/0011223344556677/2027Q1.crl", f"{ARC}.1",
                 "Subject: C = DE, ST = Bayern, O = \"Example, Inc.\", CN = Example Release"):
        assert part in leaf, (part, leaf)
    ca = run("openssl", "x509", "-in", case.path("ca.pem"), "-noout", "-text").stdout
    for part in ("CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "Code Signing"):
        assert part in ca, (part, ca)
    names = ["-noout", "-subject", "-nameopt", "RFC2253"]
    assert "Inc." in run("openssl", "x509", "-in", case.path("leaf.pem"), *names).stdout


def check_openssl_verifies(case):
    run("openssl", "verify", "-x509_strict", "-check_ss_sig", "-CAfile", case.path("root.pem"),
        "-untrusted", case.path("ca.pem"), case.path("leaf.pem"))
    reencoded = run("openssl", "asn1parse", "-inform", "DER", "-in", case.path("leaf.der"), "-noout",
                    "-out", case.path("again.der"))
    assert reencoded.returncode == 0
    assert case.path("again.der").read_bytes() == case.path("leaf.der").read_bytes()


def check_gnutls_verifies(case):
    if not has("certtool"):
        return
    done = run("certtool", "--verify", "--verify-profile", "medium", "--load-ca-certificate",
               case.path("root.pem"), "--infile", case.path("chain.pem"))
    assert "Chain verification output: Verified." in done.stdout, done.stdout
    text = run("certtool", "-i", "--infile", case.path("leaf.pem")).stdout
    assert f"Unknown extension {ARC}.1 (not critical)" in text, text
    assert "Code signing" in text, text


def check_cms_of_ours(case):
    run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", case.path("file.p7s"),
        "-content", case.file, "-CAfile", case.path("root.pem"), "-purpose", "any", "-out",
        "/dev/null")
    case.expect("cms", case.file, case.path("file.p7s"))


def check_cms_of_openssl(case):
    for alg in ("sha256", "sha384", "sha512"):
        out = case.path(f"openssl-{alg}.p7s")
        run("openssl", "cms", "-sign", "-binary", "-md", alg, "-in", case.file, "-signer",
            case.path("leaf.pem"), "-certfile", case.path("ca.pem"), "-inkey", case.path("key.pem"),
            "-outform", "DER", "-out", out)
        case.expect("cms", case.file, out, alg=alg)
    run("openssl", "cms", "-sign", "-binary", "-keyid", "-in", case.file, "-signer",
        case.path("leaf.pem"), "-certfile", case.path("ca.pem"), "-inkey", case.path("key.pem"),
        "-outform", "DER", "-out", case.path("keyid.p7s"))
    case.expect("cms", case.file, case.path("keyid.p7s"))


def check_cms_refusals(case):
    other = case.path("other")
    other.write_bytes(b"another file")
    assert "not bound: the signature is over another artifact" in case.show(
        "cms", other, case.path("file.p7s")).stdout
    late = case.show("cms", case.file, case.path("file.p7s"), when=case.now + 91 * 86400)
    assert "no chain: certificate 1 of the chain: the certificate is valid from" in late.stdout
    run("openssl", "cms", "-sign", "-binary", "-stream", "-nodetach", "-in", case.file, "-signer",
        case.path("leaf.pem"), "-inkey", case.path("key.pem"), "-outform", "DER", "-out",
        case.path("ber.p7s"))
    assert "BER with indefinite lengths" in case.show("cms", case.file, case.path("ber.p7s")).stdout
    run("openssl", "cms", "-sign", "-binary", "-noattr", "-in", case.file, "-signer",
        case.path("leaf.pem"), "-inkey", case.path("key.pem"), "-outform", "DER", "-out",
        case.path("bare.p7s"))
    assert "no signed attributes" in case.show("cms", case.file, case.path("bare.p7s")).stdout


def osslsigncode(case, source, target, *options, alg="sha256"):
    run("osslsigncode", "sign", "-h", alg, *options, "-certs", case.path("leaf.pem"), "-ac",
        case.path("ca.pem"), "-key", case.path("key.pem"), "-in", source, "-out", target)


def check_osslsigncode(case):
    if not has("osslsigncode", EFI):
        return
    once, nested = case.path("once.efi"), case.path("nested.efi")
    osslsigncode(case, EFI, once, "-n", "Example", "-i", "https://sign.example")
    case.expect("pe", once)
    osslsigncode(case, once, nested, "-nest")
    case.expect("pe", nested, signatures=2)
    long = case.path("long.efi")
    osslsigncode(case, EFI, long, alg="sha384")
    case.expect("pe", long, alg="sha384")
    assert len({case.identity("pe", f) for f in (EFI, once, nested, long)}) == 1
    done = run("osslsigncode", "verify", "-CAfile", case.path("root.pem"), "-in", once)
    hash_line = [x for x in done.stdout.split("\n") if "Calculated message digest" in x]
    assert case.identity("pe", EFI).upper() in hash_line[0], done.stdout
    case.path("spoiled.efi").write_bytes(b"MZ" + once.read_bytes()[2:3000] + b"X" +
                                         once.read_bytes()[3001:])
    assert "not bound: the signature is over another artifact" in case.show(
        "pe", case.path("spoiled.efi")).stdout


def check_sbsign(case):
    if not has("sbsign", EFI):
        return
    once, twice = case.path("sb.efi"), case.path("sb2.efi")
    for source, target in ((EFI, once), (once, twice)):
        run("sbsign", "--key", case.path("key.pem"), "--cert", case.path("leaf.pem"), "--addcert",
            case.path("ca.pem"), "--output", target, source)
    case.expect("pe", once)
    case.expect("pe", twice, signatures=2)
    assert case.identity("pe", EFI) == case.identity("pe", twice)
    run("sbverify", "--cert", case.path("leaf.pem"), once)


def jarsigner(case, source, target, *options):
    run("jarsigner", "-keystore", case.path("store.p12"), "-storetype", "PKCS12", "-storepass",
        "changeit", *options, "-signedjar", target, source, "release")


def check_jarsigner(case):
    if not has("jarsigner", JAR) or not has("zip"):
        return
    run("openssl", "pkcs12", "-export", "-in", case.path("chain.pem"), "-inkey",
        case.path("key.pem"), "-name", "release", "-passout", "pass:changeit", "-out",
        case.path("store.p12"))
    plain = case.path("plain.jar")
    case.path("hello.txt").write_text("hello")
    run("zip", "-q", "-j", plain, case.path("hello.txt"))
    for source in (JAR, plain):
        once, twice = case.path("once.jar"), case.path("twice.jar")
        jarsigner(case, source, once)
        jarsigner(case, once, twice, "-digestalg", "SHA-512", "-sigfile", "OTHER")
        assert len({case.identity("jar", f) for f in (source, once, twice)}) == 1, source
        lines = case.show("jar", twice).stdout.split("\n")[1:-1]
        unbound = "unbound: a signature of format jar cannot be bound"
        assert lines == [unbound, "chain"] * 2, lines
    run("zip", "-q", "-j", case.path("once.jar"), case.path("input"))
    assert case.identity("jar", plain) != case.identity("jar", case.path("once.jar"))


CHECKS = (check_text, check_openssl_verifies, check_gnutls_verifies, check_cms_of_ours,
          check_cms_of_openssl, check_cms_refusals, check_osslsigncode, check_sbsign,
          check_jarsigner)


def main():
    maker, artifact = sys.argv[1:]
    for kind in ("p256", "rsa"):
        with tempfile.TemporaryDirectory() as folder:
            case = Case(kind, maker, artifact, folder)
            for check in CHECKS:
                check(case)
                print(f"{kind}: {check.__name__}")


main()
