#!/usr/bin/env python3
"""Shows our CRLs and timestamps to openssl and GnuTLS; openssl's timestamps, and the CRLs of NIST's
PKITS if they are there, to our readers.

usage: test_publications.py MAKER-PROGRAM
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

MAKER = sys.argv[1]
POLICY = "1.3.6.1.4.1.32473.3"
FAILURES = []


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)


def must(*command):
    done = run(*command)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(what, holds, shown=""):
    print("ok" if holds else "WRONG", what)
    if not holds:
        FAILURES.append(what)
        print(shown)


def pem(at, *names):
    for name in names:
        must("openssl", "x509", "-inform", "DER", "-in", at / f"{name}.der", "-out",
             at / f"{name}.pem")


def crls(at):
    pem(at, "root", "ca", "good", "revoked", "elsewhere")
    for name in ("ca", "elsewhere", "root"):
        must("openssl", "crl", "-inform", "DER", "-in", at / f"{name}.crl", "-out",
             at / f"{name}.crl.pem")
    shown = run("openssl", "crl", "-in", at / "ca.crl.pem", "-noout", "-text", "-CAfile",
                at / "ca.pem")
    expect("openssl: signature of the CRL", "verify OK" in shown.stderr, shown.stderr)
    expect("openssl: 101 entries", shown.stdout.count("Serial Number:") == 101)
    expect("openssl: number", "CRL Number: \n                1000" in shown.stdout, shown.stdout)
    expect("openssl: critical partition",
           "Issuing Distribution Point: critical" in shown.stdout)

    def verify(name, *lists):
        both = at / "lists.pem"
        both.write_text("".join((at / f"{n}.crl.pem").read_text() for n in lists))
        done = run("openssl", "verify", "-crl_check_all", "-CAfile", at / "root.pem", "-untrusted",
                   at / "ca.pem", "-CRLfile", both, at / f"{name}.pem")
        return done.stdout + done.stderr

    expect("openssl: good", ": OK" in verify("good", "ca", "root"), verify("good", "ca", "root"))
    expect("openssl: revoked", "certificate revoked" in verify("revoked", "ca", "root"))
    expect("openssl: the other partition answers for its own",
           ": OK" in verify("elsewhere", "elsewhere", "root"))
    expect("openssl: a list of another partition does not answer",
           "different CRL scope" in verify("elsewhere", "ca", "root"))
    gnutls(at)


def gnutls(at):
    if shutil.which("certtool") is None:
        print("left out: certtool is not installed")
        return
    shown = run("certtool", "--verify-crl", "--load-ca-certificate", at / "ca.pem", "--infile",
                at / "ca.crl.pem")
    expect("GnuTLS: signature of the CRL", shown.returncode == 0 and "Verified" in shown.stdout,
           shown.stdout + shown.stderr)
    info = must("certtool", "--crl-info", "--infile", at / "ca.crl.pem")
    expect("GnuTLS: 101 entries", "Revoked certificates (101)" in info, info[:2000])
    for name, want in (("good", 0), ("revoked", 1)):
        (at / "chain.pem").write_text((at / f"{name}.pem").read_text() +
                                      (at / "ca.pem").read_text())
        done = run("certtool", "--verify", "--load-ca-certificate", at / "root.pem", "--load-crl",
                   at / "ca.crl.pem", "--infile", at / "chain.pem")
        expect(f"GnuTLS: {name}", (done.returncode != 0) == bool(want), done.stdout + done.stderr)


QUERIES = {  # name: arguments of openssl ts -query; what we answer
    "plain": (["-sha256", "-cert"], "granted"),
    "sha512": (["-sha512", "-cert", "-no_nonce"], "granted"),
    "sha384": (["-sha384", "-cert", "-tspolicy", POLICY], "granted"),
    "bare": (["-sha256"], "granted"),
    "sha1": (["-sha1", "-cert"], "badAlg"),
    "policy": (["-sha256", "-tspolicy", "1.2.3.4"], "unacceptedPolicy"),
}


def queries(at):
    for name, (arguments, _) in QUERIES.items():
        must("openssl", "ts", "-query", "-data", at / "file", *arguments, "-out",
             at / f"{name}.tsq")
    return [at / f"{name}.tsq" for name in QUERIES]


def ours_to_openssl(at):
    pem(at, "root", "time-ca", "tsa", "good")
    (at / "above.pem").write_text((at / "time-ca.pem").read_text() + (at / "tsa.pem").read_text())
    for name, (_, answer) in QUERIES.items():
        response = at / f"{name}.tsq.tsr"
        text = must("openssl", "ts", "-reply", "-in", response, "-text")
        if answer != "granted":
            expect(f"openssl: {name} is rejected", "Status: Rejected" in text, text)
            done = run(MAKER, "verify", response, at / "file", at / "root.der")
            expect(f"ours: {name} says {answer}", answer in done.stdout, done.stdout)
            continue
        done = run("openssl", "ts", "-verify", "-queryfile", at / f"{name}.tsq", "-in", response,
                   "-CAfile", at / "root.pem", "-untrusted", at / "above.pem")
        expect(f"openssl: {name} verifies", "Verification: OK" in done.stdout,
               done.stdout + done.stderr)
        done = run("openssl", "ts", "-verify", "-data", at / "other", "-in", response, "-CAfile",
                   at / "root.pem", "-untrusted", at / "above.pem")
        expect(f"openssl: {name} is not over another file", done.returncode != 0)
        expect(f"openssl: {name} shows time and accuracy",
               ".12 20" in text and "0x01 seconds, 0x01F4 millis" in text, text)
    bare = run(MAKER, "verify", at / "bare.tsq.tsr", at / "file", at / "root.der")
    expect("ours: without certificates there is nothing to verify with",
           "certificate is not there" in bare.stdout, bare.stdout)
    good = run(MAKER, "verify", at / "plain.tsq.tsr", at / "file", at / "root.der")
    expect("ours: our own verifies", "accuracy 1500 chain 3" in good.stdout, good.stdout)


CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {at}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, microsecs:500
clock_precision_digits = {digits}
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[ts]
keyUsage = critical, {usage}
extendedKeyUsage = {eku}
"""


class Other:
    """An authority of openssl's own."""

    def __init__(self, at, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
        self.at = at
        at.mkdir()
        self.key = key
        self.config()
        self.make("root", None, "ca")

    def config(self, ess="sha256", usage="digitalSignature", eku="critical, timeStamping",
               digits=3):
        self.conf = self.at / "conf"
        self.conf.write_text(CONFIG.format(at=self.at, ess=ess, usage=usage, eku=eku,
                                           digits=digits))

    def make(self, name, issuer, extensions):
        must("openssl", "genpkey", "-algorithm", *self.key, "-out", self.at / f"{name}.key")
        must("openssl", "req", "-new", "-key", self.at / f"{name}.key", "-subj", f"/CN={name}",
             "-out", self.at / "req")
        signer = ["-signkey", self.at / f"{name}.key"]
        if issuer:
            signer = ["-CA", self.at / f"{issuer}.pem", "-CAkey", self.at / f"{issuer}.key",
                      "-CAcreateserial"]
        must("openssl", "x509", "-req", "-in", self.at / "req", *signer, "-days", "30", "-extfile",
             self.conf, "-extensions", extensions, "-out", self.at / f"{name}.pem")

    def stamp(self, file, digest="-sha256"):
        self.make("tsa", "root", "ts")
        query, response = self.at / "query", self.at / "response"
        must("openssl", "ts", "-query", "-data", file, digest, "-cert", "-out", query)
        done = run("openssl", "ts", "-reply", "-config", self.conf, "-queryfile", query, "-signer",
                   self.at / "tsa.pem", "-inkey", self.at / "tsa.key", "-out", response)
        if done.returncode != 0:
            return None
        must("openssl", "x509", "-in", self.at / "root.pem", "-outform", "DER", "-out",
             self.at / "root.der")
        return response

    def judge(self, file, response):
        return run(MAKER, "verify", response, file, self.at / "root.der").stdout


def openssls_to_ours(at):
    ec = Other(at / "ec")
    rsa = Other(at / "rsa", ("RSA", "-pkeyopt", "rsa_keygen_bits:3072"))
    for name, other in (("P-256", ec), ("RSA", rsa)):
        shown = other.judge(at / "file", other.stamp(at / "file", "-sha384"))
        expect(f"ours: openssl's token with {name}", "good:" in shown and "accuracy 1001" in shown,
               shown)
    response = ec.stamp(at / "file")
    expect("ours: a token over another file", "timestamp.imprint" in ec.judge(at / "other",
                                                                              response))
    expect("ours: under another root", "refused" in run(
        MAKER, "verify", response, at / "file", at / "rsa" / "root.der").stdout)
    flipped = bytearray(response.read_bytes())
    flipped[-3] ^= 1
    (at / "flipped").write_bytes(flipped)
    expect("ours: a flipped signature", "refused" in ec.judge(at / "file", at / "flipped"))
    ec.config(ess="sha1")
    expect("ours: ESSCertID over SHA-1 alone",
           "timestamp.certificate" in ec.judge(at / "file", ec.stamp(at / "file")))
    ec.config(digits=6)
    expect("ours: microseconds", "good:" in ec.judge(at / "file", ec.stamp(at / "file")))


# PKITS 4.4, 4.14, 4.15: end entity, certificate with the key of the CRL, CRL, what we say. Where the
# suite wants more than one complete list of the issuer named by URL, we say nothing.
PKITS = (
    ("InvalidRevokedEETest3EE", "GoodCACert",
     "GoodCACRL", "revoked"),
    ("InvalidBadCRLIssuerNameTest5EE", "BadCRLIssuerNameCACert",
     "BadCRLIssuerNameCACRL", "unknown"),
    ("InvalidWrongCRLTest6EE", "WrongCRLCACert",
     "WrongCRLCACRL", "unknown"),
    ("InvalidUnknownCRLEntryExtensionTest8EE", "UnknownCRLEntryExtensionCACert",
     "UnknownCRLEntryExtensionCACRL", "unknown"),
    ("InvalidUnknownCRLExtensionTest9EE", "UnknownCRLExtensionCACert",
     "UnknownCRLExtensionCACRL", "unknown"),
    ("InvalidOldCRLnextUpdateTest11EE", "OldCRLnextUpdateCACert",
     "OldCRLnextUpdateCACRL", "unknown"),
    ("ValidLongSerialNumberTest17EE", "LongSerialNumberCACert",
     "LongSerialNumberCACRL", "good"),
    ("InvalidLongSerialNumberTest18EE", "LongSerialNumberCACert",
     "LongSerialNumberCACRL", "revoked"),
    ("ValidSeparateCertificateandCRLKeysTest19EE", "SeparateCertificateandCRLKeysCRLSigningCert",
     "SeparateCertificateandCRLKeysCRL", "good"),
    ("InvalidSeparateCertificateandCRLKeysTest20EE", "SeparateCertificateandCRLKeysCRLSigningCert",
     "SeparateCertificateandCRLKeysCRL", "revoked"),
    ("ValiddistributionPointTest1EE", "distributionPoint1CACert",
     "distributionPoint1CACRL", "good"),
    ("InvaliddistributionPointTest2EE", "distributionPoint1CACert",
     "distributionPoint1CACRL", "revoked"),
    ("ValiddistributionPointTest5EE", "distributionPoint2CACert",
     "distributionPoint2CACRL", "unknown"),
    ("InvaliddistributionPointTest6EE", "distributionPoint2CACert",
     "distributionPoint2CACRL", "unknown"),
    ("InvaliddistributionPointTest9EE", "distributionPoint2CACert",
     "distributionPoint2CACRL", "unknown"),
    ("ValidNoissuingDistributionPointTest10EE", "NoissuingDistributionPointCACert",
     "NoissuingDistributionPointCACRL", "good"),
    ("InvalidonlyContainsCACertsTest12EE", "onlyContainsCACertsCACert",
     "onlyContainsCACertsCACRL", "unknown"),
    ("ValidonlyContainsCACertsTest13EE", "onlyContainsCACertsCACert",
     "onlyContainsCACertsCACRL", "good"),
    ("InvalidonlySomeReasonsTest15EE", "onlySomeReasonsCA1Cert",
     "onlySomeReasonsCA1compromiseCRL", "unknown"),
    ("InvalidIDPwithindirectCRLTest23EE", "indirectCRLCA1Cert",
     "indirectCRLCA1CRL", "unknown"),
    ("InvaliddeltaCRLIndicatorNoBaseTest1EE", "deltaCRLIndicatorNoBaseCACert",
     "deltaCRLIndicatorNoBaseCACRL", "unknown"),
)


def pkits():
    beside = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "testdata"
    at = pathlib.Path(os.environ.get("SEALWARD_TESTDATA", beside)) / "pkits"
    if not at.is_dir():
        print("left out: PKITS is not there")
        return
    for leaf, issuer, crl, want in PKITS:
        done = run(MAKER, "status", at / "crls" / f"{crl}.crl", at / "certs" / f"{leaf}.crt",
                   at / "certs" / f"{issuer}.crt", 1700000000)
        expect(f"PKITS {leaf}: {want}", done.stdout.startswith(want), done.stdout + done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix="sealward-peer-") as folder:
        at = pathlib.Path(folder)
        (at / "file").write_bytes(b"a file to be stamped\n" * 1000)
        (at / "other").write_bytes(b"another file\n")
        must(MAKER, "make", at, int(time.time()) - 60, *queries(at))
        crls(at)
        ours_to_openssl(at)
        openssls_to_ours(at)
        pkits()
    return 1 if FAILURES else 0


sys.exit(main())
