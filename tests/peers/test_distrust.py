#!/usr/bin/env python3
"""Distrust lists between our code and a reader and writer in Python that know the page alone: what one
writes the other reads, and both answer every question alike; what one refuses the other refuses.

usage: test_distrust.py PROGRAM
"""

import datetime
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from distrust_reader import DistrustList, Malformed, NotBelieved

PROGRAM = sys.argv.pop(1)
ARC = "1.3.6.1.4.1.32473"
AUTHORITY = hashlib.sha256(b"authority").digest()
START = 1800000000000
ROUNDS = 25
FLIPS = 150


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(**wanted):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in wanted for name in names})


def issue(subject, key, issuer, by, extensions):
    start = datetime.datetime.fromtimestamp(START / 1000, datetime.timezone.utc)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(),
                                      start, start + datetime.timedelta(days=80))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(by, hashes.SHA256())


class Signer:
    """A root, and the certificate of a list's key."""

    def __init__(self):
        self.root_key, self.key = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
        value = bytes([0x30, 37, 4, 32]) + AUTHORITY + bytes([2, 1, 1])
        number = x509.UnrecognizedExtension(x509.ObjectIdentifier(ARC + ".1"), value)
        self.root = issue(named("Root"), self.root_key, named("Root"), self.root_key, [
            (x509.BasicConstraints(True, None), True),
            (usage(key_cert_sign=1, crl_sign=1), True)])
        certificate = issue(named("List"), self.key, named("Root"), self.root_key, [
            (usage(digital_signature=1), True),
            (x509.ExtendedKeyUsage([x509.ObjectIdentifier(ARC + ".2")]), True), (number, False)])
        self.certificate = certificate.public_bytes(Encoding.DER)
        self.root_der = self.root.public_bytes(Encoding.DER)

    def finish(self, body):
        der = self.key.sign(b"sealward-distrust-list\0" + body, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return body + len(self.certificate).to_bytes(2, "big") + self.certificate + \
            r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Plan:
    """A random one. Keys come from a small set, so that they meet."""

    def __init__(self, rng):
        self.rng = rng
        self.certificates = rng.choice([1, 50, 3000, 1 << 40, (1 << 53) - 1])
        self.number, self.size = rng.randrange(1 << 50), rng.randrange(1, 1 << 50)
        self.issued = START + rng.randrange(10 ** 9)
        self.expires = self.issued + 1 + rng.randrange(10 ** 10)
        self.root = rng.randbytes(32)
        self.pool = [hashlib.sha256(b"%d" % i).digest() for i in range(30)]
        self.groups = self.random_groups()
        self.keys = sorted((key, self.time()) for key in self.some(8))
        self.signatures = sorted(int.from_bytes(key[:8], "big") for key in self.some(8))
        self.artifacts = sorted(self.some(8))
        names = sorted({"path-%d" % rng.randrange(20) for _ in range(rng.randrange(6))})
        self.paths = [(name, self.time(), sorted(self.some(5) or self.pool[:1])) for name in names]

    def some(self, most):
        return self.rng.sample(self.pool, self.rng.randrange(most))

    def time(self):
        return self.rng.choice([0, START, START + self.rng.randrange(10 ** 9)])

    def random_groups(self):
        numbers = {self.rng.randrange(self.certificates) for _ in range(self.rng.randrange(400))}
        run = self.rng.randrange(self.certificates)
        numbers |= set(range(run, min(run + self.rng.randrange(100), self.certificates)))
        times = sorted({self.time() for _ in range(4)})
        groups = {}
        for number in sorted(numbers):
            groups.setdefault(self.rng.choice(times), []).append(number)
        return sorted(groups.items())

    def lines(self):
        yield "head %d %d %d %d %d %s %s" % (self.number, self.issued, self.expires, self.size,
                                             self.certificates, AUTHORITY.hex(), self.root.hex())
        for effective, numbers in self.groups:
            yield "group %d %s" % (effective, " ".join(map(str, numbers)))
        for key, effective in self.keys:
            yield "key %s %d" % (key.hex(), effective)
        yield from ("signature %d" % prefix for prefix in self.signatures)
        yield from ("artifact " + artifact.hex() for artifact in self.artifacts)
        for name, since, keys in self.paths:
            yield "path %s %d %s" % (name, since, " ".join(key.hex() for key in keys))

    def body(self, shortest=True):
        """Our own writer."""
        def u(value, size):
            return value.to_bytes(size, "big")
        out = [b"SWDLIST1", AUTHORITY, u(self.number, 8), u(self.issued, 8), u(self.expires, 8),
               u(self.size, 8), self.root, u(self.certificates, 8)]
        out += [u(len(rows), 4) for rows in (self.groups, self.keys, self.signatures,
                                             self.artifacts, self.paths)]
        for effective, numbers in self.groups:
            k, code = self.rice(numbers, shortest)
            out += [u(effective, 8), u(len(numbers), 4), u(len(code), 4), u(k, 1), code]
        out += [key + u(effective, 8) for key, effective in self.keys]
        out += [u(prefix, 8) for prefix in self.signatures] + self.artifacts
        for name, since, keys in self.paths:
            out += [u(len(name), 1), name.encode(), u(since, 8), u(len(keys), 2), *keys]
        return b"".join(out)

    def rice(self, numbers, shortest):
        gaps = [b - a - 1 for a, b in zip([-1] + numbers, numbers)]
        k = min(range(53), key=lambda k: (sum((gap >> k) + 1 + k for gap in gaps), k))
        if not shortest:
            k = min(k + self.rng.randrange(3), 52)
        bits = "".join("0" * (gap >> k) + "1" + format(gap, "060b")[60 - k:] for gap in gaps)
        bits += "0" * (-len(bits) % 8)
        return k, int(bits, 2).to_bytes(len(bits) // 8, "big")

    def questions(self):
        numbers = [number for _, group in self.groups for number in group]
        near = {n + d for n in numbers[:60] + numbers[-20:] for d in (-1, 0, 1) if n + d >= 0}
        near |= {0, self.certificates - 1, self.certificates, 1 << 60}
        yield from ("certificate %d" % n for n in sorted(near))
        for key in self.pool:
            yield from (kind + " " + key.hex() for kind in ("key", "signature", "artifact"))


def answer(held, question):
    kind, value = question.split()
    if kind == "certificate":
        found = held.certificate(int(value))
        if found in (None, "unknown"):
            return ("absent" if found is None else found) + " -1"
        return "listed %d" % found
    value = bytes.fromhex(value)
    if kind == "key":
        effective = held.key(value)
        paths = "".join(" %s %d" % (name.decode(), since) for name, since in held.paths_of(value))
        return ("absent -1" if effective is None else "listed %d" % effective) + paths
    rows = held.artifacts if kind == "artifact" else held.signatures
    return "listed" if (value if kind == "artifact" else value[:8]) in rows else "absent"


class Lists(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.signer = Signer()
        self.root = self.file("root", self.signer.root_der)
        self.rng = random.Random(20270115)

    def tearDown(self):
        self.folder.cleanup()

    def file(self, name, content=None):
        path = os.path.join(self.folder.name, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def ours(self, *words, lines=()):
        run = subprocess.run([PROGRAM, *words], input="\n".join(lines) + "\n", capture_output=True,
                             text=True, check=False)
        self.assertIn(run.returncode, (0, 1), run.stderr)
        return run.stdout.split("\n")

    def read(self, data, questions=()):
        """Our answers."""
        path = self.file("list", data)
        return self.ours("read", path, AUTHORITY.hex(), self.root, lines=questions)

    def believes(self, data):
        """Whether the reader in Python does."""
        try:
            DistrustList(data).verify(AUTHORITY, self.signer.root_der)
        except (Malformed, NotBelieved, ValueError, x509.ExtensionNotFound):
            return False
        return True

    def test_what_we_write_python_writes_too(self):
        for _ in range(ROUNDS):
            plan = Plan(self.rng)
            path = self.file("body")
            self.assertEqual(self.ours("write", path, lines=plan.lines())[0], "yes")
            with open(path, "rb") as file:
                self.assertEqual(file.read(), plan.body())

    def test_both_readers_answer_alike(self):
        for _ in range(ROUNDS):
            plan = Plan(self.rng)
            data = self.signer.finish(plan.body(shortest=False))
            held = DistrustList(data)
            held.verify(AUTHORITY, self.signer.root_der)
            questions = list(plan.questions())
            answers = self.read(data, questions)
            self.assertEqual(answers[0], "yes")
            self.assertEqual(answers[1:-1], [answer(held, q) for q in questions])

    def test_both_readers_refuse_alike(self):
        """Signed again after the change, so that form decides."""
        plan = Plan(random.Random(3))
        body = plan.body()
        for _ in range(FLIPS):
            changed = bytearray(body)
            changed[self.rng.randrange(len(body))] ^= 1 << self.rng.randrange(8)
            data = self.signer.finish(bytes(changed))
            self.assertEqual(self.read(data)[0] == "yes", self.believes(data), changed.hex())

    def test_both_refuse_a_signature_that_does_not_hold(self):
        data = bytearray(self.signer.finish(Plan(self.rng).body()))
        data[-1] ^= 1
        self.assertFalse(self.believes(bytes(data)))
        self.assertTrue(self.read(bytes(data))[0].startswith("no"))

    def test_both_refuse_another_root(self):
        data = Signer().finish(Plan(self.rng).body())
        self.assertFalse(self.believes(data))
        self.assertTrue(self.read(data)[0].startswith("no"))


if __name__ == "__main__":
    unittest.main()
