#!/usr/bin/env python3
"""What the keeper's processes are: jailed, of their own user, without the PIN where it could be
seen; and what it says of keys that only one of token and record knows."""

import json
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import MODULE
from world import Refused, Session, World, b64, sha256, unb64


def processes(root):
    """The process and all that it started."""
    found, parents = [root], {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as file:
                    parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def status(pid, name):
    with open("/proc/%d/status" % pid) as file:
        for line in file:
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].split()
    return []


class Custody(unittest.TestCase):
    def setUp(self):
        self.w = World(case.program("sealward-keeper"))

    def tearDown(self):
        self.w.close()

    def ready(self, *options):
        w = self.w
        w.run("--first", *options)
        w.show(first=True)
        w.make_ca()
        w.key, _ = w.make_signer("package")

    def tool(self, *options):
        subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "sealward-signing",
                        "--login", "--pin", "1234", *options], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, SOFTHSM2_CONF=self.w.keeper.conf))

    def findings(self):
        self.w.restart()
        return [finding["kind"] for finding in json.loads(self.w.texts[-1])["body"]["findings"]]

    def test_a_foreign_key_on_the_token_is_a_finding(self):
        self.ready()
        self.assertEqual(self.findings(), [])
        self.tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "aa", "--label", "smuggled",
                  "--usage-sign")
        self.assertEqual(self.findings(), ["unknown-key"])

    def test_a_key_of_the_record_that_is_not_on_the_token_is_a_finding(self):
        self.ready()
        self.tool("--delete-object", "--type", "privkey", "--id", self.w.key.hex())
        self.assertIn("missing-key", self.findings())
        s = Session()
        grant = self.w.grant(s, "package-release")
        with self.assertRaises(Refused) as caught:
            self.w.request(s, grant, self.w.key, [{"digest": sha256(b"x")}])
        self.assertIn(caught.exception.code, ("not-found", "token"))

    def test_no_process_shows_the_pin_dumps_core_or_can_be_traced(self):
        self.ready()
        pids = processes(self.w.keeper.process.pid)
        self.assertGreaterEqual(len(pids), 4)
        for pid in pids:
            for name in ("cmdline", "environ"):
                with open("/proc/%d/%s" % (pid, name), "rb") as file:
                    self.assertNotIn(b"1234", file.read().replace(b"\0", b" ").split())
            with open("/proc/%d/limits" % pid) as file:
                core = [line.split() for line in file if line.startswith("Max core")][0]
            self.assertEqual(core[4:6], ["0", "0"])
            self.assertEqual(status(pid, "Seccomp"), ["2"])
            self.assertEqual(status(pid, "NoNewPrivs"), ["1"])
        self.assertNotIn("1234", self.w.keeper.messages().split())

    def test_the_keeper_runs_as_a_user_of_its_own(self):
        if os.geteuid() != 0:
            self.skipTest("becoming another user needs root")
        nobody = pwd.getpwnam("nobody")
        w = self.w
        for folder, _, names in os.walk(w.folder):
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            for name in names:
                os.chown(os.path.join(folder, name), nobody.pw_uid, nobody.pw_gid)
        os.chmod(w.keeper.pin, 0o600)
        os.chown(w.keeper.pin, 0, 0)
        self.ready("--user", "nobody")
        for pid in processes(w.keeper.process.pid):
            self.assertEqual(set(status(pid, "Uid")), {str(nobody.pw_uid)})
            self.assertEqual(set(status(pid, "CapEff")), {"0" * 16})

    def workers(self):
        pids = processes(self.w.keeper.process.pid)
        return pids[2:]

    def test_workers_killed_while_they_sign_are_replaced_and_every_request_is_answered(self):
        self.ready()
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release", count=100)
        stop = threading.Event()

        def killer():
            while not stop.is_set():
                for pid in self.workers()[:1]:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass
                time.sleep(0.15)

        thread = threading.Thread(target=killer)
        thread.start()
        try:
            for n in range(90):
                answer = w.link.submit("request", w.request_body(
                    s, grant, w.key, [{"digest": sha256(b"%d" % n)}]))
                self.assertEqual(len(unb64(answer["results"][0]["signature"])), 64)
        finally:
            stop.set()
            thread.join()
        self.assertTrue(w.link.state()["started"])

    def test_a_token_that_goes_away_and_comes_back_is_survived(self):
        self.ready()
        w = self.w
        s = Session()
        grant = w.grant(s, "package-release")
        away = w.keeper.tokens + ".away"
        os.rename(w.keeper.tokens, away)
        os.makedirs(w.keeper.tokens)
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)
        body = w.request_body(s, grant, w.key, [{"digest": sha256(b"while away")}])
        tag = w.link.post("SUBMIT", {"type": "request", "body": body})
        time.sleep(1)
        os.rmdir(w.keeper.tokens)
        os.rename(away, w.keeper.tokens)
        w.link.socket.settimeout(90)
        kind, answer = w.link.receive()
        self.assertEqual(answer["tag"], tag)
        w.follow()
        if kind == 128:
            again = w.link.ask("SIGN_AGAIN", entry=answer["entry"], item=0)
            self.assertEqual(len(unb64(again["signature"])), 64)
        else:
            self.assertEqual(len(unb64(answer["results"][0]["signature"])), 64)


if __name__ == "__main__":
    case.main()
