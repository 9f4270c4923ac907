#!/usr/bin/env python3
"""Shows what openssl, osslsigncode and sbsign sign to `sealward verify`: good, spoiled, expired, with
and without receipts.

A tool that is not installed is said to be missing and left out, except openssl.

usage: test_verify.py CERTIFICATES-PROGRAM RECEIPT-PROGRAM SEALWARD
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

EFI = pathlib.Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")
MAKER, RECEIPT, SEALWARD = sys.argv[1:4]
DAY = 86400


def run(*command, ok=True):
    env = {k: v for k, v in os.environ.items() if not k.startswith("SEALWARD_")}
    env["XDG_CONFIG_HOME"] = "/nonexistent"
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                          env=env)
    if ok and done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def has(tool, *files):
    if shutil.which(tool) is None or not all(f.exists() for f in files):
        print(f"left out: {tool} or what it would sign is not installed")
        return False
    return True


class Case:
    """One hierarchy, valid from some time on, in a folder of its own."""

    def __init__(self, kind, folder, since):
        self.at = pathlib.Path(folder)
        self.since = since
        self.file = self.path("input")
        self.file.write_bytes(b"a file to be signed\n" * 100)
        run(MAKER, folder, kind, self.file, since)
        for name in ("root", "ca", "leaf"):
            run("openssl", "x509", "-inform", "DER", "-in", self.path(f"{name}.der"), "-out",
                self.path(f"{name}.pem"))
        run("openssl", "pkey", "-inform", "DER", "-in", self.path("leaf.key"), "-out",
            self.path("key.pem"))

    def path(self, name):
        return self.at / name

    def receipt(self, form, file, beside, when):
        run(RECEIPT, form, file, beside, when, self.at)
        return self.path("receipt")

    def verify(self, file, *options):
        done = run(SEALWARD, "verify", "--json", "--authority", self.path("authority.json"), file,
                   *options, ok=False)
        if done.returncode not in (0, 1) or not done.stdout:
            return done.returncode, done.stderr
        return done.returncode, json.loads(done.stdout)

    def good(self, file, *options):
        code, verdict = self.verify(file, *options)
        assert code == 0 and verdict["good"], (file, verdict)
        return verdict["signatures"][0]

    def bad(self, file, check, part, *options):
        code, verdict = self.verify(file, *options)
        assert code == 1 and not verdict["good"], (file, verdict)
        why = verdict["signatures"][0]["checks"][check]
        assert why["answer"] == "fails" and part in why["message"], (file, verdict)


def openssl_cms(case, out, *options):
    run("openssl", "cms", "-sign", "-binary", "-in", case.file, "-signer", case.path("leaf.pem"),
        "-certfile", case.path("ca.pem"), "-inkey", case.path("key.pem"), "-outform", "DER", "-out",
        out, *options)


def spoil(source, target, place):
    data = bytearray(source.read_bytes())
    data[place] ^= 1
    target.write_bytes(data)


def check_cms(case, now):
    p7s = case.path("input.p7s")
    openssl_cms(case, p7s)
    receipt = case.receipt("cms", case.file, p7s, now)
    assert case.good(case.file)["entry"] is None
    assert case.good(case.file, "--root", case.path("root.der"))["entry"] is None
    signature = case.good(case.file, "--receipt", receipt, "--demand-receipt")
    assert signature["entry"] == 1 and signature["time"] == now * 1000
    case.bad(case.file, "receipt", "no receipt", "--demand-receipt")
    case.bad(case.file, "chain", "issuer", "--root", case.path("leaf.pem"))

    other = case.path("other")
    spoil(case.file, other, 5)
    case.bad(other, "artifact", "another artifact", "--signature", p7s)
    spoil(p7s, case.path("spoiled.p7s"), p7s.stat().st_size - 3)
    case.bad(case.file, "signature", "", "--signature", case.path("spoiled.p7s"))
    openssl_cms(case, case.path("sha384.p7s"), "-md", "sha384")
    case.good(case.file, "--signature", case.path("sha384.p7s"))
    case.bad(case.file, "receipt", "a request for", "--receipt", receipt, "--signature",
             case.path("sha384.p7s"))
    openssl_cms(case, case.path("bare.p7s"), "-noattr")
    case.bad(case.file, "signature", "no signed attributes", "--signature", case.path("bare.p7s"))


def check_usage(case):
    code, said = case.verify(case.path("key.pem"))
    assert code == 1 and "no signature" in said, said
    code, said = case.verify(case.path("missing"))
    assert code == 1 and "missing" in said, said
    code, said = case.verify(case.file, "--root", case.path("key.pem"))
    assert code == 1 and "PRIVATE KEY" in said, said
    done = run(SEALWARD, "verify", case.file, ok=False)
    assert done.returncode == 2 and "--authority" in done.stderr, done.stderr


def check_pe(case, now, signed):
    receipt = case.receipt("pe", signed, "-", now)
    assert case.good(signed)["entry"] is None
    assert case.good(signed, "--receipt", receipt)["entry"] == 1
    spoiled = case.path("spoiled.efi")
    spoil(signed, spoiled, 3000)
    case.bad(spoiled, "artifact", "another artifact")
    case.bad(spoiled, "artifact", "another artifact", "--receipt", receipt)


def osslsigncode(case, source, target, *options):
    run("osslsigncode", "sign", "-h", "sha256", *options, "-certs", case.path("leaf.pem"), "-ac",
        case.path("ca.pem"), "-key", case.path("key.pem"), "-in", source, "-out", target)


def check_tools(case, now):
    if has("osslsigncode", EFI):
        once, nested = case.path("once.efi"), case.path("nested.efi")
        osslsigncode(case, EFI, once)
        check_pe(case, now, once)
        osslsigncode(case, once, nested, "-nest")
        code, verdict = case.verify(nested)
        assert code == 0 and len(verdict["signatures"]) == 2, verdict
    if has("sbsign", EFI):
        signed = case.path("sb.efi")
        run("sbsign", "--key", case.path("key.pem"), "--cert", case.path("leaf.pem"), "--addcert",
            case.path("ca.pem"), "--output", signed, EFI)
        check_pe(case, now, signed)


def check_expired(case, now):
    p7s = case.path("input.p7s")
    openssl_cms(case, p7s)
    then = case.since + DAY
    in_time = case.receipt("cms", case.file, p7s, then).rename(case.path("in-time"))
    late = case.receipt("cms", case.file, p7s, now)
    case.bad(case.file, "chain", "valid from")
    assert case.good(case.file, "--receipt", in_time)["time"] == then * 1000
    case.bad(case.file, "chain", "valid from", "--receipt", late)


def check_foreign(case, folder):
    """Another hierarchy of the same names: its signatures lead to no root of ours."""
    other = Case("p256", folder, case.since)
    openssl_cms(other, other.path("input.p7s"))
    run(RECEIPT, "cms", other.file, other.path("input.p7s"), case.since + 1, case.at)
    code, verdict = case.verify(other.file, "--root", case.path("root.pem"))
    assert code == 1 and verdict["signatures"][0]["checks"]["chain"]["answer"] == "fails", verdict


def main():
    now = int(time.time())
    for kind in ("p256", "rsa"):
        with tempfile.TemporaryDirectory() as folder:
            case = Case(kind, folder, now - 60)
            check_cms(case, now)
            check_usage(case)
            check_tools(case, now)
            with tempfile.TemporaryDirectory() as another:
                check_foreign(case, another)
        with tempfile.TemporaryDirectory() as folder:
            check_expired(Case(kind, folder, now - 200 * DAY), now)
    print("all is verified as it should be")


main()
