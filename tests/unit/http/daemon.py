"""What the tests of the daemon share: a keeper, a daemon, and a client that speaks HTTP over TLS by
itself, because the tests want to send what no library would."""

import base64
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time


class Keeper:
    """The test's keeper (keeper.c)."""

    def __init__(self, program, path):
        self.process = subprocess.Popen([program, path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()
        line = self.process.stdout.readline()
        assert line == "ready\n", line

    def tell(self, *words):
        with self.lock:
            self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        assert line, "the keeper has gone"
        return line.rstrip("\n")

    def size(self):
        return int(self.tell("size"))

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        assert code == 0, f"the keeper ended with {code}"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


class Client:
    """One connection."""

    def __init__(self, port, timeout=60, tls=None):
        self.raw = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket = (tls or context()).wrap_socket(self.raw)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        while b"\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed in the middle of an answer")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode()

    def take(self, size):
        while len(self.buffer) < size:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed in the middle of a body")
            self.buffer += more
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def answer(self, head=False):
        status = int(self.line().split(" ")[1])
        headers = {}
        while True:
            line = self.line()
            if not line:
                break
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        size = int(headers.get("content-length", "0"))
        body = b"" if head or status == 304 else self.take(size)
        return Answer(status, headers, body)

    def request(self, method, path, body=None, headers=None, version="HTTP/1.1"):
        lines = [f"{method} {path} {version}", "Host: test"]
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{k}: {v}" for k, v in (headers or {}).items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b""))
        return self.answer(method == "HEAD")

    def get(self, path, **headers):
        return self.request("GET", path,
                            headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body):
        return self.request("POST", path, body)


class Place:
    """A folder with a certificate, where keeper and daemon of a test live."""

    def __init__(self, daemon, keeper):
        self.daemon_program, self.keeper_program = daemon, keeper
        self.path = tempfile.mkdtemp(prefix="sealward-http-")
        self.keeper = self.daemon = None
        self.log = ""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.at("tls.key"), "-out",
                        self.at("tls.pem"), "-subj", "/CN=test", "-days", "2"],
                       check=True, stderr=subprocess.DEVNULL)
        os.chmod(self.at("tls.key"), 0o600)

    def at(self, name):
        return os.path.join(self.path, name)

    def start_keeper(self):
        self.keeper = Keeper(self.keeper_program, self.at("keeper.sock"))

    def arguments(self, *more):
        return [self.daemon_program, "--keeper", self.at("keeper.sock"), "--state",
                self.at("state"), "--public", self.at("public"), "--listen", "127.0.0.1:0",
                "--tls-cert", self.at("tls.pem"), "--tls-key", self.at("tls.key"), *more]

    def start(self, *more, first=True, ready=True):
        self.messages = open(self.at("messages"), "ab")
        begin = self.messages.tell()
        self.daemon = subprocess.Popen(self.arguments(*(["--first"] if first else []), *more),
                                       stderr=self.messages)
        self.port = int(self.wait_message(r"event=listening .*port=(\d+)", begin).group(1))
        if ready:
            self.wait_health(200)

    def read_messages(self):
        with open(self.at("messages"), encoding="utf-8") as f:
            return f.read()

    def wait_message(self, pattern, begin=0, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.read_messages()[begin:])
            if found:
                return found
            if self.daemon.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(f"no message {pattern}: {self.read_messages()}")

    def wait_health(self, status, part="", seconds=20):
        end = time.monotonic() + seconds
        answer = None
        while time.monotonic() < end:
            try:
                with self.client() as c:
                    answer = c.get("/healthz")
            except OSError:
                # Full for a moment: connections that were closed a moment ago still count.
                time.sleep(0.02)
                continue
            if answer.status == status and part in answer.body.decode():
                return answer
            if "differs from the keeper" in answer.body.decode():
                break
            time.sleep(0.02)
        raise AssertionError(f"never {status}: {answer} {self.read_messages()}")

    def wait_health_for_difference(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.get("/healthz")
            if answer.status == 503 and "differs from the keeper" in answer.json()["detail"]:
                return answer
            time.sleep(0.02)
        raise AssertionError(f"it noticed nothing: {answer} {self.read_messages()}")

    def client(self, **options):
        return Client(self.port, **options)

    def get(self, path, **headers):
        with self.client() as c:
            return c.get(path, **headers)

    def post(self, path, body):
        with self.client() as c:
            return c.post(path, body)

    def submit(self, *command):
        """Has the keeper write a submission, sends it, gives the answer."""
        return self.post("/v1/entries", self.keeper.tell(*command))

    def stop(self, expected=0):
        if self.daemon is None:
            return
        self.daemon.send_signal(signal.SIGTERM)
        code = self.daemon.wait(60)
        self.daemon = None
        self.messages.close()
        assert code == expected, f"the daemon ended with {code}: {self.read_messages()}"

    def end(self):
        try:
            self.stop()
            if self.keeper is not None:
                self.keeper.end()
                self.keeper = None
        finally:
            for process in (self.daemon, self.keeper and self.keeper.process):
                if process is not None:
                    process.kill()
                    process.wait()
            shutil.rmtree(self.path)


def hex_of(text):
    """Hex of what stands in an answer as base64."""
    return base64.b64decode(text).hex()
