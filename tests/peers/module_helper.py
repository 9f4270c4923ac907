"""A helper for the PKCS#11 module, written from docs/protocol/module.md alone.

It stands where `sealward run` stands, with key files instead of an authority, so that the tests can
load the real module into real tools. It shares no code with Sealward: where the two understand each
other, the page is right. Signatures are made by the openssl command.
"""

import hashlib
import os
import socket
import struct
import subprocess
import tempfile
import threading

HELLO, LIST, DATA, SIGN = 1, 2, 3, 4
WELCOME, KEYS, SIGNATURE, REFUSAL = 129, 130, 131, 132
RSA, P256, P384 = 1, 2, 3
HASHED, WHOLE = 1, 2
DIGESTS = {1: "sha256", 2: "sha384", 3: "sha512"}
REJECTED, UNAVAILABLE, UNFIT = 1, 2, 3

CURVES = {bytes.fromhex("06082a8648ce3d030107"): P256, bytes.fromhex("06052b81040022"): P384}


def openssl(*args, data=None):
    """Runs openssl and returns what it wrote."""
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


# --- DER, as far as certificates and public keys need it ---


def der_split(data):
    """(tag, content, whole element, rest)"""
    size, at = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    return data[0], data[at : at + size], data[: at + size], data[at + size :]


def der_items(content):
    """The whole elements inside a SEQUENCE's content."""
    items = []
    while content:
        _, _, whole, content = der_split(content)
        items.append(whole)
    return items


def der_content(whole):
    return der_split(whole)[1]


def der_octets(content):
    """An OCTET STRING of fewer than 256 bytes."""
    head = bytes([4, len(content)]) if len(content) < 128 else bytes([4, 0x81, len(content)])
    return head + content


class Certificate:
    def __init__(self, pem):
        self.der = openssl("x509", "-in", pem, "-outform", "DER")
        fields = der_items(der_content(der_items(der_content(self.der))[0]))
        if fields[0][0] == 0xA0:
            fields = fields[1:]
        self.number, self.issuer, self.subject = fields[0], fields[2], fields[4]
        self.spki_hash = hashlib.sha256(fields[5]).digest()


class Key:
    """A key in a PEM file, with the PEM file of its certificate or None."""

    def __init__(self, label, pem, cert_pem=None):
        self.label, self.pem = label, pem
        self.cert = Certificate(cert_pem) if cert_pem else None
        spki = openssl("pkey", "-in", pem, "-pubout", "-outform", "DER")
        self.id = hashlib.sha256(spki).digest()
        algorithm, bits = der_items(der_content(spki))
        params = der_items(der_content(algorithm))[1]
        point = der_content(bits)[1:]
        if params in CURVES:
            self.kind, self.first, self.second = CURVES[params], params, der_octets(point)
        else:
            modulus, exponent = (der_content(n).lstrip(b"\0") for n in der_items(der_content(point)))
            self.kind, self.first, self.second = RSA, modulus, exponent

    def sign(self, digest, algorithm):
        """`algorithm` is a name, or None when the tool did not say: then the length decides."""
        with tempfile.NamedTemporaryFile() as f:
            f.write(digest)
            f.flush()
            args = ["pkeyutl", "-sign", "-inkey", self.pem, "-in", f.name]
            if self.kind == RSA:
                return openssl(*args, "-pkeyopt", "digest:" + algorithm)
            der = openssl(*args)
        width = 32 if self.kind == P256 else 48
        numbers = (int.from_bytes(der_content(n), "big") for n in der_items(der_content(der)))
        return b"".join(n.to_bytes(width, "big") for n in numbers)


# --- Frames ---


def string(data):
    return struct.pack(">I", len(data)) + data


def send(connection, kind, payload=b""):
    connection.sendall(struct.pack(">IB", len(payload), kind) + payload)


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def receive(connection):
    size, kind = struct.unpack(">IB", read_exactly(connection, 5))
    return kind, read_exactly(connection, size)


# --- The helper ---


class Helper:
    """Serves one token on a socket until it is closed. `refuse` makes it answer each SIGN with
    (why, message, hint, request); `die_on_sign` makes it close every connection instead."""

    def __init__(self, path, keys, authorities=(), label="sealward", serial="0123456789abcdef"):
        self.path, self.keys, self.authorities = path, keys, authorities
        self.label, self.serial = label, serial
        self.refuse, self.die_on_sign = None, False
        self.signed = []  # (label of the key, family, digest algorithm or None, bytes)
        self.connections = set()
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(256)
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.drop()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def drop(self):
        """Closes every connection."""
        with self.lock:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        data = b""
        try:
            while True:
                kind, payload = receive(connection)
                if kind == DATA:
                    data += payload
                    continue
                self.answer(connection, kind, payload, data)
                data = b""
        except (EOFError, OSError):
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            connection.close()

    def answer(self, connection, kind, payload, data):
        if kind == HELLO:
            assert payload == struct.pack(">H", 1)
            welcome = string(self.label.encode()) + string(self.serial.encode())
            send(connection, WELCOME, struct.pack(">H", 1) + welcome)
        elif kind == LIST:
            send(connection, KEYS, self.list())
        elif kind == SIGN:
            self.sign(connection, payload, data)
        else:
            raise EOFError

    @staticmethod
    def certificate(cert):
        return b"".join(string(s) for s in (cert.der, cert.subject, cert.issuer, cert.number))

    def list(self):
        out = bytes([len(self.keys)])
        for key in self.keys:
            out += key.id + string(key.label.encode()) + bytes([key.kind])
            out += string(key.first) + string(key.second)
            out += b"\1" + self.certificate(key.cert) if key.cert else b"\0"
        out += bytes([len(self.authorities)])
        for label, cert in self.authorities:
            out += cert.spki_hash + string(label.encode()) + self.certificate(cert)
        return out

    def sign(self, connection, payload, data):
        if self.die_on_sign:
            self.drop()
            return
        family, mechanism, digest, size = struct.unpack(">BBBI", payload[32:39])
        last = payload[39:]
        assert len(last) == size
        key = next(k for k in self.keys if k.id == payload[:32])
        assert mechanism == (1 if key.kind == RSA else 2)
        algorithm = DIGESTS.get(digest)
        whole = data + last
        with self.lock:
            self.signed.append((key.label, family, algorithm, whole))
        if self.refuse:
            why, *texts = self.refuse
            send(connection, REFUSAL, bytes([why]) + b"".join(string(t.encode()) for t in texts))
            return
        hashed = hashlib.new(algorithm, whole).digest() if family == WHOLE else last
        if key.kind == RSA and algorithm is None:
            texts = ("this is no digest of SHA-256, SHA-384 or SHA-512", "", "")
            send(connection, REFUSAL, bytes([UNFIT]) + b"".join(string(t.encode()) for t in texts))
            return
        send(connection, SIGNATURE, key.sign(hashed, algorithm))
