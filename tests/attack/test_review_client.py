#!/usr/bin/env python3
"""What a hostile reading of daemon, client and audit found, each with the attack that showed it."""

import datetime
import glob
import http.server
import json
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import b64, canonical, leaf_hash, now_ms, sha256, unb64
from daemon import Problem
from signing import Signing


class Liar:
    """A daemon that has been taken over: what the real one says, but for what the test changes."""

    def __init__(self, signing):
        self.real = signing.daemon
        self.lies = {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.real.certificate, self.real.key)
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                size = int(self.headers.get("Content-Length", 0))
                status, body = liar.answer(self.command, self.path, self.rfile.read(size))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_GET

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True,
                                               do_handshake_on_connect=False)
        self.http.handle_error = lambda *_: None
        self.thread = threading.Thread(target=self.http.serve_forever,
                                       kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = "https://127.0.0.1:%d" % self.http.server_port

    def answer(self, method, path, body):
        lie = self.lies.get((method, path.split("?")[0]))
        self.asked = path
        if lie is not None:
            return 200, lie(body)
        try:
            return 200, self.real.call(method, path, body or None, raw=True)
        except Problem as problem:
            return problem.status, canonical(problem.document)

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def answer_of(text):
    entry = json.loads(text)
    return canonical({"index": entry["index"], "entry": b64(text), "leaf": b64(leaf_hash(text)),
                      "results": []})


class Attack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Signing(["package", "image"])
        cls.liar = Liar(cls.s)

    @classmethod
    def tearDownClass(cls):
        cls.liar.close()
        cls.s.close()

    def setUp(self):
        self.liar.lies = {}

    def officer(self, name, *words):
        agent, path = self.s.agent(name)
        try:
            return self.s.sealward(*words, SSH_AUTH_SOCK=path, SEALWARD_SERVER=self.liar.url,
                                   SEALWARD_AS=self.s.world.people[name].actor,
                                   SEALWARD_IDENTITY_COMMAND="")
        finally:
            agent.kill()
            agent.wait()
            os.unlink(path)

    # --- what was entered is what the log proves, not what the daemon says

    def test_a_suspension_that_the_daemon_swallows_is_not_called_done(self):
        def swallow(body):
            asked = json.loads(body)
            return answer_of(canonical({"index": len(self.s.world.follow()), "time": now_ms(),
                                        "type": asked["type"], "body": asked["body"]}))
        self.liar.lies["POST", "/v1/entries"] = swallow
        done = self.officer("officer-1", "suspend", "path", "package-release", "--reason", "theft")
        self.assertEqual(done.code, 1, done.out + done.err)
        self.assertEqual(done.out, "")
        self.assertIn("does not prove", done.err)
        self.assertEqual(self.s.entries("suspend"), [])

    def test_an_answer_about_anothers_approval_is_not_taken(self):
        w = self.s.world
        leaf = w.propose(w.officers[1], "key", {"role": "signer", "signer": "board", "token":
                                                "sealward-signing", "algorithm": "p-256"})
        other = [text for text in w.follow() if json.loads(text)["type"] == "approval"][-1]
        self.liar.lies["POST", "/v1/entries"] = lambda _: answer_of(other)
        before = len(self.s.entries("approval"))
        done = self.officer("officer-3", "approve", "--yes", leaf.hex())
        self.assertEqual(done.code, 1, done.out + done.err)
        self.assertIn("not about the entry submitted", done.err)
        self.assertEqual(len(self.s.entries("approval")), before)
        w.say("rejection", w.officers[2], {"subject": b64(leaf)})

    def test_an_honest_answer_is_taken(self):
        w = self.s.world
        leaf = w.propose(w.officers[1], "key", {"role": "signer", "signer": "board", "token":
                                                "sealward-signing", "algorithm": "p-256"})
        # A statement that names an older checkpoint, so that the keeper adds a proof.
        done = self.officer("officer-3", "reject", "--yes", leaf.hex())
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertEqual(json.loads(self.s.world.follow()[-1])["type"], "rejection")

    def test_the_beginning_of_a_hash_is_not_approved_unseen(self):
        for word in ("abcdef12", "7"):
            done = self.officer("officer-3", "approve", "--yes", word)
            self.assertEqual(done.code, 2, done.out + done.err)
            self.assertIn("whole leaf hash", done.err)

    def test_nothing_that_the_daemon_says_steers_the_terminal(self):
        page = "/v1/keys?limit=256"

        def keys(_):
            answer = json.loads(self.s.daemon.get(page, raw=True))
            answer["keys"][0]["state"] = "active\x1b]0;mine\x07"
            return canonical(answer)
        self.liar.lies["GET", "/v1/keys"] = keys
        done = self.officer("officer-1", "key", "show")
        self.assertEqual(done.code, 0, done.err)
        self.assertNotIn("\x1b", done.out)

    def test_a_key_that_the_daemon_only_calls_compromised_is_not_taken_for_revoked(self):
        def keys(_):
            answer = json.loads(self.s.daemon.get(self.liar.asked, raw=True))
            for key in answer["keys"]:
                key["state"] = "compromised" if key["signer"] == "package" else key["state"]
            return canonical(answer)
        named = [unb64(k["id"]).hex() for k in json.loads(self.s.daemon.get("/v1/keys", raw=True))[
            "keys"] if k["signer"] == "package"]
        self.liar.lies["GET", "/v1/keys"] = keys
        done = self.officer("officer-3", "rollover", "package", "--emergency", "--from", named[0],
                            "--yes")
        self.assertEqual(done.code, 1, done.out + done.err)
        self.assertIn("shows no entry that revokes it", done.err)

    # --- a pipeline signs with the key on record, whatever the daemon gives it

    def sign(self, signer="package", form="cms", *words):
        return self.s.sealward("sign", "--signer", signer, "--format", form, *words,
                               self.s.fresh("app.tar", b"app"), SEALWARD_SERVER=self.liar.url)

    def test_a_key_that_is_not_on_record_is_not_signed_with(self):
        self.assertEqual(self.sign().code, 0)
        key = ec.generate_private_key(ec.SECP256R1())
        spki = key.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example package")])
        made = datetime.datetime.now(datetime.timezone.utc)
        certificate = x509.CertificateBuilder(name, name, key.public_key(), 7, made, made +
                                              datetime.timedelta(days=9)).sign(key, hashes.SHA256())
        der = certificate.public_bytes(serialization.Encoding.DER)

        def signer(_):
            answer = json.loads(self.s.daemon.get("/v1/signers/package", raw=True))
            answer["keys"][0].update(id=b64(sha256(spki)), spki=b64(spki), certificate=b64(der))
            return canonical(answer)
        self.liar.lies["GET", "/v1/signers/package"] = signer
        grants = len(self.s.entries("grant"))
        done = self.sign()
        self.assertEqual(done.code, 1, done.out + done.err)
        self.assertIn("certificate that is not in the record", done.err)

        def root(_):
            answer = json.loads(self.s.daemon.get("/v1/signers/package", raw=True))
            answer["chain"][-1] = b64(der)
            return canonical(answer)
        self.liar.lies["GET", "/v1/signers/package"] = root
        done = self.sign()
        self.assertEqual(done.code, 1, done.out + done.err)
        self.assertIn("the chain that the daemon gives", done.err)
        self.assertEqual(len(self.s.entries("grant")), grants)

    def test_an_endless_list_has_an_end(self):
        for order in (1, -1):
            entries = [{"index": 3 + n % 2 * order} for n in range(100)]
            self.liar.lies["GET", "/v1/search"] = lambda _, e=entries: canonical({"entries": e})
            before = time.time()
            done = self.sign()
            self.assertEqual(done.code, 1, done.out + done.err)
            self.assertLess(time.time() - before, 20)

    def test_a_receipt_is_of_the_signature_that_it_stands_beside(self):
        """The daemon says that the request stands at another request's number."""
        first = self.sign("image", "raw")
        self.assertEqual(first.code, 0, first.err)
        other = [text for text in self.s.world.follow()
                 if json.loads(text)["type"] == "request"][-1]

        def swap(body):
            answer = json.loads(self.s.daemon.call("POST", "/v1/entries", body, raw=True))
            if json.loads(body)["type"] == "request":
                entry = json.loads(unb64(answer["entry"]))
                entry["index"] = json.loads(other)["index"]
                text = canonical(entry)
                answer.update(index=entry["index"], entry=b64(text), leaf=b64(leaf_hash(text)))
            return canonical(answer)
        self.liar.lies["POST", "/v1/entries"] = swap
        done = self.sign("image", "raw", "--receipts", self.s.path("receipts"))
        self.assertEqual(done.code, 1, done.out + done.err)
        self.assertIn("receipt of entry %d" % json.loads(other)["index"], done.err)

    def test_a_receipt_of_what_the_keeper_built_names_the_file_by_its_grant(self):
        done = self.sign("package", "cms", "--receipts", self.s.path("built"))
        self.assertEqual(done.code, 0, done.err)
        receipt = self.s.path("built/app.tar.receipt")
        words = ["verify", "--demand-receipt", "--root", self.s.root, "--receipt", receipt,
                 self.s.path("app.tar")]
        done = self.s.sealward(*words)
        self.assertEqual(done.code, 0, done.out + done.err)
        os.unlink(self.s.path("built/app.tar.grant.receipt"))
        done = self.s.sealward(*words)
        self.assertEqual(done.code, 1, done.out + done.err)
        self.assertIn("no receipt of that grant", done.out)

    def test_who_ends_a_run_that_waits_leaves_no_folder_behind(self):
        made = glob.glob(os.path.join(self.s.world.folder, "sealward-*"))
        self.s.fresh("app.bin", b"x")
        process = subprocess.Popen(
            [case.program("sealward"), "run", "--signer", "image", "--artifact",
             self.s.path("app.bin"), "--", "true"], stderr=subprocess.PIPE, text=True,
            env=self.s.environment)
        for line in process.stderr:
            if "waiting for" in line:
                process.send_signal(signal.SIGINT)
                break
        process.wait(10)
        process.stderr.close()
        self.assertEqual(glob.glob(os.path.join(self.s.world.folder, "sealward-*")), made)

    def test_a_host_that_only_looks_like_this_machine_is_not_asked(self):
        done = self.s.sealward("audit", "http://127.0.0.1:80@127.0.0.1:%d/log" % self.s.daemon.port)
        self.assertNotEqual(done.code, 0)
        self.assertIn("no server that can be asked", done.err)

    # --- the daemon

    def memory(self):
        with open("/proc/%d/status" % self.s.daemon.process.pid) as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) >> 10

    def test_who_asks_for_much_and_reads_nothing_holds_little_memory(self):
        folder = os.path.join(self.s.daemon.public, "log", "tile", "entries", "x009")
        os.makedirs(folder)
        with open(os.path.join(folder, "999"), "wb") as file:
            file.write(os.urandom(16 << 20))
        context = ssl.create_default_context(cafile=self.s.daemon.certificate)
        before = self.memory()
        held = []
        try:
            for _ in range(60):
                plain = socket.create_connection(("127.0.0.1", self.s.daemon.port))
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                link = context.wrap_socket(plain, server_hostname="127.0.0.1")
                link.sendall(b"GET /log/tile/entries/x009/999 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                held.append(link)
            time.sleep(2)
            self.assertLess(self.memory() - before, 700)
            with self.assertRaises(Problem) as caught:
                self.s.daemon.get("/log/tile/entries/x009/999", raw=True)
            self.assertEqual((caught.exception.status, caught.exception.code), (503, "busy"))
            self.s.daemon.get("/healthz", raw=True)
        finally:
            for link in held:
                link.close()
        end = time.time() + 20
        while time.time() < end:
            try:
                self.assertEqual(len(self.s.daemon.get("/log/tile/entries/x009/999", raw=True)),
                                 16 << 20)
                return
            except Problem:
                time.sleep(0.2)
        self.fail("answers are not counted out again")

    # --- audit

    def test_files_that_are_others_when_they_are_read_again_do_not_hold(self):
        w = self.s.world
        self.s.daemon.stop()
        w.restart()
        texts = list(w.follow())
        note = w.checkpoint()
        self.s.daemon.start()
        start = json.loads(texts[-1])
        self.assertEqual(start["type"], "start")
        start["time"] += 1
        forged = texts[:-1] + [canonical(start)]
        self.assertLess(len(texts), 256)
        times = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                times[self.path] = times.get(self.path, 0) + 1
                shown = forged if "entries" in self.path or times[self.path] > 1 else texts
                if self.path.endswith("checkpoint"):
                    body = note
                elif "entries" in self.path:
                    body = b"".join(struct.pack(">H", len(t)) + t for t in shown)
                else:
                    body = b"".join(leaf_hash(t) for t in shown)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            done = self.s.sealward("audit", "--json",
                                   "http://127.0.0.1:%d/log" % server.server_port)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        said = json.loads(done.out)
        self.assertEqual((done.code, said["verdict"]), (1, "broken"), said)


if __name__ == "__main__":
    case.main()
