#!/usr/bin/env python3
"""The command line against a real keeper and a real daemon: an authority is founded, given a root,
an issuing CA, a signer, another policy; it is looked at, stopped and resumed, all by `sealward`."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import unb64
from daemon import Daemon
from world import Keeper

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")
PEOPLE = {"officer-1": "ed25519", "officer-2": "ecdsa", "officer-3": "rsa",
          "approver-1": "ed25519", "approver-2": "ed25519", "release-engineer": "ed25519"}


class Agents:
    """Everybody has an SSH agent of their own."""

    def __init__(self, folder):
        self.processes, self.sockets, self.public = [], {}, {}
        for name, kind in [*PEOPLE.items(), ("build-host", "ed25519")]:
            key = os.path.join(folder, name)
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key, "-C", name],
                           check=True)
            socket = os.path.join(folder, name + ".agent")
            self.processes.append(subprocess.Popen(["ssh-agent", "-D", "-a", socket],
                                                   stdout=subprocess.DEVNULL,
                                                   stderr=subprocess.DEVNULL))
            end = time.time() + 10
            while not os.path.exists(socket) and time.time() < end:
                time.sleep(0.01)
            subprocess.run(["ssh-add", "-q", key], check=True,
                           env=dict(os.environ, SSH_AUTH_SOCK=socket))
            self.sockets[name], self.public[name] = socket, key + ".pub"

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


class Authority:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sealward-commands-")
        self.program = case.program("sealward")
        self.keeper = Keeper(case.program("sealward-keeper"), self.folder)
        self.keeper.make_tokens()
        self.daemon = Daemon(case.program("sealwardd"), self)
        self.policy = self.path("policy", "policy.yaml")
        os.makedirs(self.path("policy", "keys"))
        self.agents = Agents(self.path("policy", "keys"))
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "SEALWARD_SERVER": self.daemon.server,
            "SEALWARD_CA": self.daemon.certificate, "SEALWARD_AUTHORITY": self.path("authority"),
            "SEALWARD_NAMES": self.path("policy", "names.json"), "SEALWARD_STATE": self.path("state"),
            "ASAN_OPTIONS": "detect_leaks=1"}

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def close(self):
        self.daemon.kill()
        self.keeper.stop()
        self.agents.close()
        shutil.rmtree(self.folder)

    # --- sealward

    def run(self, *words, who=None, **extra):
        environment = dict(self.environment, **extra)
        if who is not None:
            environment["SEALWARD_AS"] = who
            environment["SSH_AUTH_SOCK"] = self.agents.sockets[who]
        return subprocess.run([self.program, *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                              text=True)

    def ok(self, *words, **how):
        done = self.run(*words, **how)
        if done.returncode != 0:
            raise AssertionError("%s: %d\n%s" % (words, done.returncode, done.stderr))
        return done.stdout

    def json(self, *words, **how):
        return json.loads(self.ok(*words, "--json", **how))

    # --- a life

    def found(self):
        shutil.copy(os.path.join(EXAMPLES, "policy.yaml"), self.policy)
        with open(os.path.join(EXAMPLES, "genesis.yaml")) as file:
            text = file.read().replace("demonstration: false", "demonstration: true")
        genesis = self.write("policy/genesis.yaml",
                             text.replace("https://sealward.example", self.daemon.server))
        self.write("policy/keys/ci.jwks.json", jwks())
        self.write("log-key", self.keeper.call("--prepare", "--log-token", "sealward-log",
                                               "--log-pin-file", self.keeper.pin))
        self.ok("genesis", "plan", genesis, "--log-key", self.path("log-key"), "--out",
                self.path("genesis"))
        for founder in ("officer-1", "officer-2"):
            self.ok("genesis", "sign", "--yes", self.path("genesis"), "--out",
                    self.path("genesis." + founder), who=founder)
        self.ok("genesis", "assemble", self.path("genesis"), self.path("genesis.officer-1"),
                self.path("genesis.officer-2"), "--out", self.path("body.json"))
        said = json.loads(self.keeper.call("--found", self.path("body.json"), "--journal",
                                           self.keeper.journal, "--log-token", "sealward-log",
                                           "--log-pin-file", self.keeper.pin))
        self.id = unb64(said["authority"]).hex()
        self.keeper.start("--first")
        self.daemon.start("--first")
        self.ok("authority", "pin", "--expect", self.id, "--out", self.path("authority"))

    def decide(self, *words, proposer="officer-1"):
        leaf = self.json(*words, who=proposer)["leaf"]
        for officer in ("officer-1", "officer-2", "officer-3"):
            if officer != proposer:
                self.ok("approve", "--yes", leaf, who=officer)
        return leaf

    def ceremony(self, kind):
        out = self.path("ceremony")
        self.keeper.call("--ceremony", kind, "--record", self.daemon.public, "--authority",
                         self.path("authority"), "--out", out, "--root-token", "sealward-root",
                         "--root-pin-file", self.keeper.pin, "--subject", "Example Root", "Example",
                         "DE")
        return out

    def make_root(self):
        out = self.ceremony("root")
        for founder in ("officer-1", "officer-2"):
            self.ok("ceremony", "sign", "--yes", out + "/ceremony.json", "--out",
                    self.path(founder + ".sig"), who=founder)
        self.ok("ceremony", "submit", out + "/ceremony.json", self.path("officer-1.sig"),
                self.path("officer-2.sig"))

    def key_of(self, signer):
        end = time.time() + 30
        while time.time() < end:
            for key in self.json("key", "show")["keys"]:
                if key["signer"] == signer:
                    return key["id"]
            time.sleep(0.05)
        raise AssertionError("no key for %s: %s" % (signer, self.keeper.messages()))

    def wait_state(self, signer, state):
        end = time.time() + 30
        while time.time() < end:
            if any(k["signer"] == signer and k["state"] == state
                   for k in self.json("key", "show")["keys"]):
                return
            time.sleep(0.05)
        raise AssertionError("the key of %s is not %s" % (signer, state))

    def wait_issued(self):
        """The keeper issues by itself what was approved, and the daemon publishes that."""
        end = time.time() + 30
        while True:
            try:
                return self.ceremony("certify")
            except RuntimeError as e:
                if "asks for no certificate" not in str(e) or time.time() > end:
                    raise
            time.sleep(0.1)

    def make_ca(self):
        self.decide("key", "propose", "--issuing-ca", "--token", "sealward-signing",
                    "--algorithm", "p-256")
        self.decide("certificate", "propose", "--issuing-ca", "--key-id", self.key_of(None),
                    "--common-name", "Example Issuing CA", "--organization", "Example",
                    "--country", "DE")
        out = self.wait_issued()
        self.ok("submit", "certificate", out + "/certificate-0.json")

    def make_signer(self, signer):
        self.decide("key", "propose", "--signer", signer, "--token", "sealward-signing",
                    "--algorithm", "p-256")
        self.decide("certificate", "propose", "--signer", signer, "--key-id", self.key_of(signer))
        self.wait_state(signer, "active")


def jwks():
    from cryptography.hazmat.primitives.asymmetric import ec
    from base64 import urlsafe_b64encode
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    part = lambda n: urlsafe_b64encode(n.to_bytes(32, "big")).decode().rstrip("=")
    return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "kid": "key-1", "alg": "ES256",
                                 "x": part(numbers.x), "y": part(numbers.y)}]})


class Life(unittest.TestCase):
    """One authority for all: in the order of their names, each leaves it usable for the next."""

    @classmethod
    def setUpClass(cls):
        cls.a = Authority()
        try:
            cls.a.found()
        except BaseException:
            cls.a.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.a.close()

    def fails(self, code, part, *words, **how):
        done = self.a.run(*words, **how)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(part, done.stderr)
        self.assertRegex(done.stderr, "(?m)^sealward: ")
        return done.stderr

    def fails_of(self, authority, part, *words):
        """Also if the daemon publishes a moment later."""
        end = time.time() + 10
        done = authority.run(*words)
        while done.returncode == 0 and time.time() < end:
            time.sleep(0.1)
            done = authority.run(*words)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(part, done.stderr)

    def test_01_status_is_of_a_verified_log(self):
        status = self.a.json("status")
        self.assertEqual(status["authority"], self.a.id)
        self.assertTrue(status["started"])
        self.assertFalse(status["clock_doubt"])
        self.assertIn("verified", self.a.ok("status"))

    def test_02_root_ca_and_signer_come_to_be_by_decisions(self):
        self.a.make_root()
        self.a.make_ca()
        self.a.make_signer("app")
        shown = self.a.json("certificate", "show")["certificates"]
        self.assertEqual([c["number"] for c in shown], ["root", "1", "2"])
        out = self.a.path("app.pem")
        self.a.ok("certificate", "show", "2", "--out", out)
        text = subprocess.run(["openssl", "x509", "-in", out, "-noout", "-subject"],
                              stdout=subprocess.PIPE, check=True, text=True).stdout
        self.assertIn("Example App", text)

    def test_03_names_are_shown_only_where_they_open_their_handle(self):
        self.a.ok("names", "publish")
        line = self.a.ok("log", "tail", "--count", "1000", SEALWARD_NAMES="")
        self.assertRegex(line, r"p[0-9a-f]{16} \(officer-1\) proposes")
        self.assertNotRegex(line, r"\((?!officer|approver|release)[a-z]+-\d\)")

    def test_04_a_proposal_waits_is_shown_and_rejected(self):
        leaf = self.a.json("key", "propose", "--signer", "package", "--token", "sealward-signing",
                           "--algorithm", "p-256", who="officer-2")["leaf"]
        self.assertIn("waits for you", self.a.ok("pending", who="officer-3"))
        self.assertNotIn("waits for you", self.a.ok("pending", who="approver-1"))
        shown = self.a.run("approve", leaf[:12], who="officer-3")
        self.assertEqual(shown.returncode, 2)
        self.assertIn("to generate a p-256 key", shown.stderr)
        self.assertIn('"algorithm": "p-256"', shown.stderr)
        self.fails(1, "duty.key.propose/key.approve", "approve", "--yes", leaf, who="officer-2")
        self.fails(1, "approval.team", "approve", "--yes", leaf, who="approver-1")
        self.a.ok("reject", "--yes", leaf, who="officer-3")
        self.assertIn("nothing waits", self.a.ok("pending"))
        self.fails(1, "rejected", "approve", "--yes", leaf, who="officer-1")

    def test_05_policy_is_planned_proposed_and_changed(self):
        self.fails(1, "in force is this one already", "policy", "plan", self.a.policy)
        with open(self.a.policy) as file:
            text = file.read()
        other = self.a.write("policy/other.yaml", text.replace("proposal_age: 14d",
                                                               "proposal_age: 7d"))
        plan = self.a.ok("policy", "plan", other)
        self.assertIn("~ limits main", plan)
        self.assertIn("needs 2 approvals of team officers", plan)
        self.a.decide("policy", "propose", other)
        self.assertIn('"proposal_age":604800000', self.a.ok("policy", "show"))
        lockout = self.a.write("policy/lockout.yaml", text.replace(
            "policy: { team: officers, count: 2 }", "policy: { team: officers, count: 4 }"))
        self.fails(1, "policy.lockout", "policy", "plan", lockout)
        zero = self.a.write("policy/zero.yaml", text.replace(
            "key: { team: officers, count: 2 }", "key: { team: officers, count: 0 }"))
        self.fails(1, "policy.quorum", "policy", "plan", zero)
        wrong = self.a.write("policy/wrong.yaml", text.replace("deputy: officer-2",
                                                               "deputie: officer-2"))
        self.assertRegex(self.fails(1, "deputie", "policy", "plan", wrong), r"line \d+")

    def test_06_suspended_by_one_resumed_by_two(self):
        key = self.a.key_of("app")
        self.a.ok("suspend", "key", key[:10], "--reason", "lost laptop", who="officer-1")
        self.a.wait_state("app", "suspended")
        self.fails(1, "suspend.already", "suspend", "key", key, "--reason", "again",
                   who="officer-2")
        self.a.decide("resume", "key", key, proposer="officer-1")
        self.a.wait_state("app", "active")
        self.a.ok("suspend", "path", "app-release", "--reason", "pause", who="officer-2")
        self.a.decide("resume", "path", "app-release", proposer="officer-2")
        self.fails(1, "is not suspended", "resume", "path", "app-release", who="officer-2")

    def test_07_suspended_through_the_second_socket_with_no_daemon(self):
        key = self.a.key_of("app")
        self.a.daemon.stop()
        said = self.a.ok("suspend", "key", key, "--reason", "the daemon is gone", "--brake",
                         self.a.keeper.brake, who="officer-1")
        self.assertRegex(said, r"suspended: entry \d+")
        self.fails(3, "cannot reach", "status")
        self.a.daemon.start()
        self.a.wait_state("app", "suspended")
        self.a.decide("resume", "key", key, proposer="officer-1")

    def test_08_entries_are_shown_proven_and_carried_along(self):
        out = self.a.path("receipt")
        self.a.ok("log", "prove", "0", "--out", out)
        with open(out) as file:
            self.assertTrue(file.read().startswith("c2sp.org/tlog-proof@v1\n"))
        shown = self.a.json("show", self.a.id)
        self.assertEqual((shown["index"], shown["type"]), (0, "genesis"))
        self.assertEqual(self.a.json("log", "show", "0")["leaf"], self.a.id)
        self.fails(1, "", "show", "99999")
        # Not everybody has said something.
        handles = set(re.findall(r"\bp[0-9a-f]{16}\b", self.a.ok("policy", "show")))
        self.assertTrue(any(self.a.json("search", "--person", handle)["entries"]
                            for handle in handles))

    def test_09_called_wrongly(self):
        self.fails(2, "there is no command", "frobnicate")
        self.fails(2, "usage", "approve")
        self.fails(2, "there is no option", "status", "--frob")
        self.fails(2, "is given twice", "status", "--json", "--json")
        self.fails(2, "--as is missing", "key", "propose", "--signer", "app", "--token", "x",
                   "--algorithm", "p-256")
        self.fails(1, "nobody called", "key", "propose", "--signer", "app", "--token", "x",
                   "--algorithm", "p-256", SEALWARD_AS="nobody")
        self.fails(2, "no authority is pinned", "status", SEALWARD_AUTHORITY="")
        self.fails(3, "cannot reach", "status", SEALWARD_CA="/etc/ssl/certs/ca-certificates.crt")
        self.fails(1, "another authority", "authority", "pin", "--expect", "00" * 32, "--out",
                   self.a.path("x"))
        self.assertFalse(os.path.exists(self.a.path("x")))

    def test_10_a_daemon_that_shows_another_history_is_an_alarm(self):
        """Another authority by the same log key and origin, as the key's thief would make it."""
        folder = [f for f in os.listdir(self.a.path("state"))]
        self.assertEqual(folder, [self.a.id[:16]])
        kept = self.a.path("state", folder[0], "checkpoint")
        with open(kept) as file:
            size = int(file.read().split("\n")[1])
        self.assertGreater(size, 10)
        other = Authority()
        try:
            shutil.rmtree(other.keeper.tokens)
            shutil.copytree(self.a.keeper.tokens, other.keeper.tokens)
            other.found()
            shutil.copytree(self.a.path("state", folder[0]),
                            other.path("state", other.id[:16]), dirs_exist_ok=True)
            self.assertIn("THE DAEMON IS BEHIND", other.ok("status"))
            self.fails_of(other, "cannot show that these are their beginning", "show", "0")
            for n in range(size):
                other.json("key", "propose", "--signer", "app", "--token", "sealward-signing",
                           "--algorithm", "p-256", who="officer-1",
                           SEALWARD_STATE=other.path("fresh"))
            self.fails_of(other, "ALARM", "status")
            found = os.listdir(other.path("state", other.id[:16]))
            self.assertTrue(any(name.startswith("conflict-") for name in found), found)
            with open(other.path("state", other.id[:16], "checkpoint")) as file:
                self.assertEqual(int(file.read().split("\n")[1]), size)
        finally:
            other.close()


if __name__ == "__main__":
    case.main()
