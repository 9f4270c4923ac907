"""A log as the world sees it, published as docs/protocol/log.md says; and a server of what a test
wants to be served."""

import http.server

from authority import Root, b64, canonical, leaf_hash, sha256
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "example.test/log"


class Log:
    """A log of clock doubts, published as docs/protocol/log.md says."""

    def __init__(self, count, key=None, mark=0):
        self.key = key or Ed25519PrivateKey.generate()
        self.texts = [canonical({"index": n, "time": 1700000000000 + n, "type": "clock-doubt",
                                 "body": {"reason": "step", "observed": mark + n}})
                      for n in range(count)]
        self.leaves = [leaf_hash(text) for text in self.texts]

    def authority(self, server):
        raw = b"\1" + self.key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        key_id = sha256(ORIGIN.encode() + b"\n" + raw)[:4]
        return canonical({"authority": b64(self.leaves[0]), "origin": ORIGIN,
                          "log_key": "%s+%s+%s" % (ORIGIN, key_id.hex(), b64(raw)),
                          "base_url": server}) + b"\n"

    def checkpoint(self, size=None, origin=ORIGIN, key=None):
        size = len(self.leaves) if size is None else size
        root = Root().root(self.leaves[:size])
        text = "%s\n%d\n%s\n" % (origin, size, b64(root))
        key = key or self.key
        raw = b"\1" + key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        key_id = sha256(origin.encode() + b"\n" + raw)[:4]
        return "%s\n\u2014 %s %s\n" % (text, origin, b64(key_id + key.sign(text.encode())))

    def inclusion(self, index, size):
        def path(m, leaves):
            if len(leaves) == 1:
                return []
            k = 1
            while 2 * k < len(leaves):
                k *= 2
            if m < k:
                return path(m, leaves[:k]) + [Root().root(leaves[k:])]
            return path(m - k, leaves[k:]) + [Root().root(leaves[:k])]
        return path(index, self.leaves[:size])

    def receipt(self, index, size=None, text=None, checkpoint=None):
        size = len(self.leaves) if size is None else size
        lines = ["c2sp.org/tlog-proof@v1", "extra " + b64(text or self.texts[index]),
                 "index %d" % index, *[b64(h) for h in self.inclusion(index, size)], ""]
        return "\n".join(lines) + "\n" + (checkpoint or self.checkpoint(size))

    def tile(self, path):
        """tile/0/000.p/W and the like, of a log below 65,536 entries."""
        parts = path.split("/")
        level, number = int(parts[3]), int(parts[4].split(".")[0])
        level_hashes = self.leaves
        for _ in range(level):
            level_hashes = [Root().root(level_hashes[i:i + 256])
                            for i in range(0, len(level_hashes) // 256 * 256, 256)]
        width = int(parts[5]) if len(parts) > 5 else 256
        found = level_hashes[256 * number:256 * number + width]
        return b"".join(found) if len(found) == width else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = self.server.answer(self.path)
        status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
        if body is None:
            status, body = 404, b""
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    do_POST = do_PUT = do_GET
