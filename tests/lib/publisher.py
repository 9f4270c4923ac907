"""An authority as its endpoints see it: root, list key, log, distrust lists, written by the pages of
docs/protocol alone; a server of them that counts what it is asked; and signed files."""

import datetime
import email.utils
import hashlib
import http.server
import json
import os
import ssl
import struct
import subprocess
import threading
import time

from authority import Root, b64, sha256, unb64
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, \
    encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from public_log import Log

ARC = "1.3.6.1.4.1.32473"
NOW = int(time.time()) * 1000
DAY = 86400000


def at(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)


def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def raw_signature(key, message):
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Issuer:
    """A certificate with its key."""

    def __init__(self, name, issuer=None, ca=True, begin=NOW - 300 * DAY, end=NOW + 3000 * DAY,
                 uses=(), critical=False, number=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        above = issuer or self
        build = x509.CertificateBuilder().subject_name(self.name).issuer_name(above.name)
        build = build.public_key(self.key.public_key()).serial_number(x509.random_serial_number())
        build = build.not_valid_before(at(begin)).not_valid_after(at(end))
        build = build.add_extension(x509.BasicConstraints(ca, None), critical=True)
        build = build.add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False,
                                                  False), critical=True)
        build = build.add_extension(x509.SubjectKeyIdentifier.from_public_key(
            self.key.public_key()), critical=False)
        build = build.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
            above.key.public_key()), critical=False)
        if uses:
            build = build.add_extension(x509.ExtendedKeyUsage(uses), critical=critical)
        if number is not None:
            build = build.add_extension(number, critical=False)
        self.certificate = build.sign(above.key, hashes.SHA256())

    @property
    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self):
        return self.key.private_bytes(serialization.Encoding.PEM,
                                      serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption())


class Publisher:
    """All that is published. `log` may be replaced by a longer one, or by another history."""

    def __init__(self, entries=10, mark=0):
        self.log = Log(entries, mark=mark)
        self.authority = self.log.leaves[0]
        self.root = Issuer("root")
        self.ca = Issuer("issuing", self.root, number=self.number(0),
                         uses=[ExtendedKeyUsageOID.CODE_SIGNING])
        self.leaf = Issuer("signer", self.ca, ca=False, uses=[ExtendedKeyUsageOID.CODE_SIGNING],
                           number=self.number(1))
        self.lister = Issuer("list", self.root, ca=False, end=NOW + 80 * DAY,
                             uses=[x509.ObjectIdentifier(ARC + ".2")], critical=True,
                             number=self.number(2))
        self.list = None

    def number(self, number):
        body = b"\x04\x20" + self.authority + b"\x02\x01" + bytes([number])
        return x509.UnrecognizedExtension(x509.ObjectIdentifier(ARC + ".1"),
                                          b"\x30" + bytes([len(body)]) + body)

    def grow(self, count):
        self.log = Log(len(self.log.leaves) + count, self.log.key)

    def make_list(self, number, issued=NOW, life=7 * DAY, keys=(), size=None, root=None, key=None,
                  authority=None):
        """Keys are {SHA-256 of a SPKI: effective time}."""
        size = len(self.log.leaves) if size is None else size
        root = root or Root().root(self.log.leaves[:size])
        body = b"SWDLIST1" + (authority or self.authority)
        body += struct.pack(">QQQQ", number, issued, issued + life, size) + root
        body += struct.pack(">QIIIII", 100, 0, len(keys), 0, 0, 0)
        body += b"".join(name + struct.pack(">Q", keys[name]) for name in sorted(keys))
        signature = raw_signature(key or self.lister.key, b"sealward-distrust-list\0" + body)
        return body + struct.pack(">H", len(self.lister.der)) + self.lister.der + signature

    def publish(self, number, **what):
        self.list = self.make_list(number, **what)

    def revoke_leaf(self, effective=0):
        return {sha256(spki(self.leaf.key)): effective}

    def authority_file(self, url):
        return self.log.authority(url)

    def save(self, folder, url="https://example.test"):
        """What an endpoint is given to pin."""
        for name, content in (("authority.json", self.authority_file(url)),
                              ("root.pem", self.root.pem)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)

    def save_log(self, folder):
        """Tiles as they stand in a copy of the public folder."""
        count = len(self.log.leaves)
        for level in range(2):
            nodes = count >> 8 * level
            for n in range((nodes + 255) // 256):
                width = min(256, nodes - 256 * n)
                name = "tile/%d/%03d%s" % (level, n, "" if width == 256 else ".p/%d" % width)
                path = os.path.join(folder, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(self.log.tile("/log/" + name))

    def sign(self, folder, name, content=b"a release"):
        """A file with a detached CMS beside it."""
        path = os.path.join(folder, name)
        files = {path: content, folder + "/leaf.pem": self.leaf.pem,
                 folder + "/leaf.key": self.leaf.key_pem, folder + "/ca.pem": self.ca.pem}
        for where, what in files.items():
            with open(where, "wb") as file:
                file.write(what)
        subprocess.run(["openssl", "cms", "-sign", "-binary", "-nosmimecap", "-md", "sha256",
                        "-signer", folder + "/leaf.pem", "-inkey", folder + "/leaf.key",
                        "-certfile", folder + "/ca.pem", "-in", path, "-outform", "DER", "-out",
                        path + ".p7s"], check=True)
        return path


class Server:
    """Serves a publisher's files with ETag, or with Last-Modified alone, and takes confirmations;
    over TLS with a certificate for itself, if there is a folder to put it."""

    def __init__(self, publisher, tls=None):
        self.publisher = publisher
        self.tags = True
        self.special = {}  # path: bytes, None (404) or a status
        self.asked = []    # (method, path, status)
        self.confirmations = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def reply(self, status, body=b"", headers=()):
                outer.asked.append((self.command, self.path, status))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                body = outer.content(self.path)
                if isinstance(body, int) or body is None:
                    return self.reply(body or 404)
                digest = hashlib.sha256(body).hexdigest()[:16]
                headers = [("ETag", '"%s"' % digest)] if outer.tags else [
                    ("Last-Modified", email.utils.formatdate(int(digest[:7], 16), usegmt=True))]
                asked = self.headers.get("If-None-Match" if outer.tags else "If-Modified-Since")
                if asked == headers[0][1]:
                    return self.reply(304, b"", headers)
                return self.reply(200, body, headers)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                special = outer.special.get(self.path)
                if special:
                    return self.reply(special)
                outer.confirmations.append(body)
                return self.reply(200, b"{}")

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *_: None
        self.url = "http%s://127.0.0.1:%d" % ("s" if tls else "", self.http.server_port)
        if tls:
            self.certificate = os.path.join(tls, "tls.pem")
            self.tls()
        self.thread = threading.Thread(target=self.http.serve_forever,
                                       kwargs={"poll_interval": 0.02})
        self.thread.start()

    def tls(self):
        key = self.certificate + ".key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                        self.certificate, "-days", "30", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True,
                                               do_handshake_on_connect=False)

    def content(self, path):
        if path in self.special:
            return self.special[path]
        if path == "/distrust/list":
            return self.publisher.list
        if path == "/log/checkpoint":
            return self.publisher.log.checkpoint().encode()
        if path.startswith("/log/tile/"):
            return self.publisher.log.tile(path)
        return None

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


def confirmation_check(text, key):
    """A confirmation's fields, its signature verified by another library; `key` is a SPKI."""
    whole = json.loads(text)
    assert list(whole) == ["confirmation", "signature"], whole
    inner = json.dumps(whole["confirmation"], separators=(",", ":")).encode()
    signature = unb64(whole["signature"])
    r, s = (int.from_bytes(signature[i:i + 32], "big") for i in (0, 32))
    serialization.load_der_public_key(key).verify(
        encode_dss_signature(r, s), b"sealward-confirmation\0" + inner, ec.ECDSA(hashes.SHA256()))
    return whole["confirmation"]
