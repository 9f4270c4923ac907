"""The real daemon in front of a World's keeper, and a plain HTTPS client for it."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time


class Problem(Exception):
    def __init__(self, status, document):
        super().__init__("%d %s" % (status, document))
        self.status, self.document = status, document
        self.rule, self.code = document.get("rule"), document.get("code")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    def __init__(self, program, world):
        self.program, self.world = program, world
        self.folder = os.path.join(world.folder, "daemon")
        self.public = os.path.join(self.folder, "public")
        self.state = os.path.join(self.folder, "state")
        self.certificate = os.path.join(self.folder, "tls.pem")
        self.key = os.path.join(self.folder, "tls.key")
        self.log = os.path.join(self.folder, "daemon.log")
        self.port = free_port()
        self.process = None
        for path in (self.public, self.state):
            os.makedirs(path, exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key, "-out",
                        self.certificate, "-days", "30", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.chmod(self.key, 0o600)

    @property
    def server(self):
        return "https://127.0.0.1:%d" % self.port

    def start(self, *options, wait=True):
        command = [self.program, "--keeper", self.world.keeper.socket, "--state", self.state,
                   "--public", self.public, "--listen", "127.0.0.1:%d" % self.port, "--tls-cert",
                   self.certificate, "--tls-key", self.key, *options]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        if wait:
            self.wait_healthy()

    def wait_healthy(self, seconds=30):
        end = time.time() + seconds
        while time.time() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the daemon ended: " + self.messages())
            try:
                self.get("/healthz", raw=True)
                return
            except (OSError, Problem, http.client.HTTPException):
                time.sleep(0.03)
        raise RuntimeError("the daemon is not healthy: " + self.messages())

    def messages(self):
        with open(self.log) as file:
            return file.read()[-4000:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process = None
        return code

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)
            self.process = None

    def connection(self):
        context = ssl.create_default_context(cafile=self.certificate)
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)

    def call(self, method, path, body=None, raw=False, headers=None, connection=None):
        link = connection or self.connection()
        try:
            data = body if isinstance(body, (bytes, type(None))) else json.dumps(
                body, separators=(",", ":"), ensure_ascii=False).encode()
            link.request(method, path, data, headers or (
                {"Content-Type": "application/json"} if data is not None else {}))
            answer = link.getresponse()
            content = answer.read()
            if answer.status >= 400:
                try:
                    document = json.loads(content)
                except ValueError:
                    document = {"detail": content.decode(errors="replace")}
                raise Problem(answer.status, document)
            return content if raw else json.loads(content)
        finally:
            if connection is None:
                link.close()

    def get(self, path, raw=False):
        return self.call("GET", path, raw=raw)

    def submit(self, kind, body, connection=None):
        return self.call("POST", "/v1/entries", {"type": kind, "body": body},
                         connection=connection)
