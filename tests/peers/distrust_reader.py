"""A reader of distrust lists, written from docs/protocol/distrust-list.md alone.

    held = DistrustList(open("list", "rb").read())
    held.verify(authority_id, root_certificate_der)
    held.certificate(812)    # None, "unknown", or the time from which it is distrusted
"""

import bisect
import datetime
import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BYTES_MAX = 64 << 20
ITEMS_MAX = 1 << 20
PATHS_MAX = 4096
NUMBERS_MAX = 1 << 25
TIME_MAX = 253402300799999
EXACT = 1 << 53


class Malformed(Exception):
    """Not a distrust list."""


class NotBelieved(Exception):
    """A distrust list, but none of this authority."""


def demand(condition, what):
    if not condition:
        raise Malformed(what)


class Cursor:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        demand(self.at + size <= len(self.data), "it ends early")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def time(self):
        value = self.number(8)
        demand(value <= TIME_MAX, "a time behind the year 9999")
        return value


def rice_decode(code, k, count):
    """The numbers of one group."""
    bits = "".join(format(byte, "08b") for byte in code)
    numbers, at, lowest = [], 0, 0
    for _ in range(count):
        one = bits.find("1", at)
        demand(one >= 0 and one + 1 + k <= len(bits), "a code that ends early")
        gap = (one - at) << k | int("0" + bits[one + 1:one + 1 + k], 2)
        numbers.append(lowest + gap)
        demand(numbers[-1] < EXACT, "a number that is too high")
        at, lowest = one + 1 + k, numbers[-1] + 1
    demand(len(bits) - at < 8 and "1" not in bits[at:], "a code that goes on")
    return numbers


def ascending(values):
    demand(all(a < b for a, b in zip(values, values[1:])), "an order that is not kept")
    return values


def validity(certificate):
    """First and last millisecond. Older versions of the library give times without a zone."""
    times = [getattr(certificate, name + "_utc", None) or
             getattr(certificate, name).replace(tzinfo=datetime.timezone.utc)
             for name in ("not_valid_before", "not_valid_after")]
    return int(times[0].timestamp() * 1000), int(times[1].timestamp() * 1000) + 999


def is_issued_by(certificate, root):
    key, digest = root.public_key(), certificate.signature_hash_algorithm
    how = [ec.ECDSA(digest)] if isinstance(key, ec.EllipticCurvePublicKey) else \
        [padding.PKCS1v15(), digest]
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, *how)
    except InvalidSignature:
        return False
    return certificate.issuer == root.subject


class DistrustList:
    def __init__(self, data):
        demand(len(data) <= BYTES_MAX, "it is too large")
        c = Cursor(data)
        demand(c.take(8) == b"SWDLIST1", "it does not begin as one")
        self.authority = c.take(32)
        self.number = c.number(8)
        self.issued = c.time()
        self.expires = c.time()
        self.size = c.number(8)
        self.root = c.take(32)
        self.certificates = c.number(8)
        demand(self.number < EXACT and self.certificates < EXACT, "a number that is too high")
        demand(self.issued < self.expires, "it expires before it is issued")
        demand(0 < self.size < EXACT, "a log of that size")
        groups, keys, signatures, artifacts, paths = [c.number(4) for _ in range(5)]
        demand(max(groups, keys, signatures, artifacts) <= ITEMS_MAX and paths <= PATHS_MAX,
               "too many items")
        self.groups = [self._group(c) for _ in range(groups)]
        ascending([effective for effective, _ in self.groups])
        demand(sum(len(numbers) for _, numbers in self.groups) <= NUMBERS_MAX, "too many numbers")
        self.keys = dict(zip(*self._keys(c, keys)))
        self.signatures = ascending([c.take(8) for _ in range(signatures)])
        self.artifacts = ascending([c.take(32) for _ in range(artifacts)])
        self.paths = [self._path(c) for _ in range(paths)]
        ascending([name for name, _, _ in self.paths])
        self.signed = data[:c.at]
        self.certificate_der = c.take(c.number(2))
        demand(1 <= len(self.certificate_der) <= 16384, "a certificate of that size")
        self.signature = c.take(64)
        demand(c.at == len(data), "bytes behind its end")

    def _group(self, c):
        effective, count, size, k = c.time(), c.number(4), c.number(4), c.number(1)
        demand(count >= 1 and k <= 52 and count <= 8 * size, "a group")
        numbers = rice_decode(c.take(size), k, count)
        demand(numbers[-1] < self.certificates, "a certificate that has not been numbered")
        return effective, numbers

    @staticmethod
    def _keys(c, count):
        rows = [(c.take(32), c.time()) for _ in range(count)]
        return ascending([key for key, _ in rows]), [effective for _, effective in rows]

    @staticmethod
    def _path(c):
        name = c.take(c.number(1))
        since, count = c.time(), c.number(2)
        demand(1 <= len(name) <= 80 and count >= 1, "a path")
        return name, since, ascending([c.take(32) for _ in range(count)])

    # --- Whether to believe it ---

    def verify(self, authority, root_der):
        if self.authority != authority:
            raise NotBelieved("another authority")
        certificate = x509.load_der_x509_certificate(self.certificate_der)
        self._check_certificate(certificate, x509.load_der_x509_certificate(root_der))
        der = encode_dss_signature(int.from_bytes(self.signature[:32], "big"),
                                   int.from_bytes(self.signature[32:], "big"))
        try:
            certificate.public_key().verify(der, b"sealward-distrust-list\0" + self.signed,
                                            ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise NotBelieved("the signature does not hold") from None

    def _check_certificate(self, certificate, root):
        for one in (certificate, root):
            start, end = validity(one)
            if not start <= self.issued <= end:
                raise NotBelieved("a certificate was not valid at the time of issue")
        if not is_issued_by(certificate, root):
            raise NotBelieved("the root has not issued the certificate")
        basic = root.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = root.extensions.get_extension_for_class(x509.KeyUsage).value
        own = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (basic.ca and usage.key_cert_sign and own.digital_signature) or \
                own.key_cert_sign or own.crl_sign:
            raise NotBelieved("key usage")
        self._check_purpose(certificate)

    def _check_purpose(self, certificate):
        purpose = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        names = [usage.dotted_string for usage in purpose.value]
        if not purpose.critical or len(names) != 1 or not names[0].endswith(".2"):
            raise NotBelieved("purpose")
        arc = names[0][:-2]
        for extension in certificate.extensions:
            if extension.oid.dotted_string == arc + ".1":
                # SEQUENCE { OCTET STRING (32), INTEGER }
                value = extension.value.value
                if value[0] == 0x30 and value[2:4] == b"\x04\x20" and value[4:36] == self.authority:
                    return
        raise NotBelieved("the certificate does not name the authority")

    def fresh(self, now):
        _, end = validity(x509.load_der_x509_certificate(self.certificate_der))
        return now <= self.expires and now <= end

    # --- Looking up ---

    def certificate(self, number):
        if number >= self.certificates:
            return "unknown"
        for effective, numbers in self.groups:
            at = bisect.bisect_left(numbers, number)
            if at < len(numbers) and numbers[at] == number:
                return effective
        return None

    def key(self, spki_hash):
        return self.keys.get(spki_hash)

    def has_signature(self, spki_hash, to_be_signed):
        return hashlib.sha256(spki_hash + to_be_signed).digest()[:8] in self.signatures

    def has_artifact(self, kind, algorithm, digest):
        return hashlib.sha256(b"\0".join([kind, algorithm, digest])).digest() in self.artifacts

    def paths_of(self, spki_hash):
        return [(name, since) for name, since, keys in self.paths if spki_hash in keys]


def spki_hash(certificate):
    return hashlib.sha256(certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
