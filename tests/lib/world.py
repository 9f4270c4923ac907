"""A whole authority for tests: tokens, keeper, people, policy, keys, certificates. The daemon is
played by the test itself, through authority.Link."""

import json
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from authority import (MODULE, Issuer, Link, Person, Refused, Root, Session, b64, canonical,
                       default_policy, leaf_hash, now_ms, policy_of_version_2, sha256, signed,
                       statement, unb64)


class Keeper:
    """The real keeper on SoftHSM tokens in a folder of its own."""

    def __init__(self, program, folder, extra=()):
        self.program, self.folder, self.extra = program, folder, list(extra)
        self.tokens = os.path.join(folder, "tokens")
        self.journal = os.path.join(folder, "journal")
        self.socket = os.path.join(folder, "keeper.sock")
        self.brake = os.path.join(folder, "brake.sock")
        self.conf = os.path.join(folder, "softhsm2.conf")
        self.pin = os.path.join(folder, "pin")
        self.process = None
        self.log = os.path.join(folder, "keeper.log")

    def make_tokens(self):
        os.makedirs(self.tokens, exist_ok=True)
        with open(self.conf, "w") as file:
            file.write("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n"
                       % self.tokens)
        with open(self.pin, "w") as file:
            file.write("1234\n")
        os.chmod(self.pin, 0o600)
        for label in ("sealward-signing", "sealward-log", "sealward-root"):
            subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", label, "--pin",
                            "1234", "--so-pin", "5678"], check=True, stdout=subprocess.DEVNULL,
                           env=dict(os.environ, SOFTHSM2_CONF=self.conf))

    def token_options(self):
        return ["--module", MODULE, "--setting", "SOFTHSM2_CONF=" + self.conf, "--readable", "/usr",
                "--readable", "/etc", "--readable", self.conf, "--writable", self.tokens]

    def call(self, *options):
        run = subprocess.run([self.program, *options, *self.token_options()],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode != 0:
            raise RuntimeError(run.stderr.decode())
        return run.stdout.decode()

    def prepare(self):
        return unb64(json.loads(self.call("--prepare", "--log-token", "sealward-log",
                                          "--log-pin-file", self.pin))["log_key"])

    def found(self, body):
        path = os.path.join(self.folder, "genesis.json")
        with open(path, "wb") as file:
            file.write(canonical(body))
        return unb64(json.loads(self.call("--found", path, "--journal", self.journal,
                                          "--log-token", "sealward-log", "--log-pin-file",
                                          self.pin))["authority"])

    def start(self, *options, wait=True, wrapper=()):
        command = [*wrapper, self.program, "--journal", self.journal, "--socket", self.socket,
                   "--brake", self.brake, "--token", "sealward-signing", "--pin-file", self.pin,
                   "--log-token", "sealward-log", "--log-pin-file", self.pin,
                   *self.token_options(), *self.extra, *options]
        for path in (self.socket, self.brake):
            if os.path.exists(path):
                os.unlink(path)
        # The jail hides /proc, without which the leak sanitizer cannot end a sanitized build.
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        if wait:
            self.wait_for_socket()

    def wait_for_socket(self, seconds=20):
        end = time.time() + seconds
        while time.time() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the keeper ended: " + self.messages())
            try:
                link = Link(self.socket)
                link.close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("the keeper does not listen")

    def messages(self):
        with open(self.log) as file:
            return file.read()[-4000:]

    def stop(self):
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(30)
        self.process = None


class World:
    """Founded, with a root, an issuing CA, and whatever keys the test asks for."""

    def __init__(self, program, folder=None, demonstration=True, alg="ES256", extra=(), rules=1,
                 version_2=None, **limits):
        """`rules`: version of the rulebook that the genesis names; from 2 on the policy has what
        policy_of_version_2 makes of `version_2`."""
        self.folder = folder or tempfile.mkdtemp(prefix="sealward-test-")
        self.program = program
        self.keeper = Keeper(program, self.folder, extra)
        self.people = {name: Person(self.folder, name) for name in
                       ("officer-1", "officer-2", "officer-3", "approver-1", "release-engineer")}
        self.officers = [self.people["officer-%d" % n] for n in (1, 2, 3)]
        self.issuer = Issuer(alg=alg)
        self.claims = {"repository_id": "1001", "environment": "release", "sub": "repo:app"}
        self.record = Root()
        self.texts = []
        self.link = None
        self.keeper.make_tokens()
        self.log_key = self.keeper.prepare()
        self.rules, self.version_2 = rules, version_2 or {}
        self.found(demonstration, limits)

    def found(self, demonstration, limits):
        policy = default_policy(self.officers, self.people["approver-1"],
                                self.people["release-engineer"], self.issuer, **limits)
        if self.rules >= 2:
            policy += policy_of_version_2(self.officers, **self.version_2)
        self.genesis = canonical({
            "type": "genesis", "time": now_ms(), "origin": "example.test/log",
            "log_key": b64(self.log_key), "base_url": "http://127.0.0.1:8080",
            "arc": "1.3.6.1.4.1.32473", "rules": self.rules, "demonstration": demonstration,
            "founders": [p.handle for p in self.officers[:2]],
            "recovery": {"people": [p.handle for p in self.officers], "count": 2},
            "policy": policy})
        self.authority = self.keeper.found({
            "statement": json.loads(self.genesis),
            "signatures": [b64(p.sign(self.genesis)) for p in self.officers[:2]]})

    # --- running

    def run(self, *options, **how):
        self.keeper.start(*options, **how)
        self.link = Link(self.keeper.socket)

    def show(self, note=None, first=False):
        state = self.link.ask("SHOW", note=b64(note) if note else None, first=first)
        self.follow()
        return state

    def checkpoint(self):
        """The newest signed checkpoint that covers everything known here."""
        end = time.time() + 20
        while time.time() < end:
            note = self.link.ask("CHECKPOINT")["note"]
            if note and int(unb64(note).decode().split("\n")[1]) >= len(self.texts):
                return unb64(note)
            time.sleep(0.01)
        raise RuntimeError("no checkpoint covers the record")

    def follow(self):
        for text in self.link.entries(len(self.texts)):
            self.texts.append(text)
            self.record.add(text)
        return self.texts

    def restart(self, *options):
        note = self.checkpoint()
        self.link.close()
        self.keeper.stop()
        self.run(*options)
        return self.show(note)

    def close(self):
        if self.link:
            self.link.close()
        if self.keeper.process:
            self.keeper.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- statements

    def seen(self):
        self.follow()
        return len(self.texts), self.record.root()

    def state_body(self, kind, person, body, at=None):
        text = statement(kind, self.authority, person.actor, body, self.seen(), at)
        return signed(text, person.sign(text))

    def submit(self, kind, body):
        answer = self.link.submit(kind, body)
        self.follow()
        return answer

    def say(self, kind, person, body, at=None):
        """A person's statement, entered; returns the leaf hash."""
        answer = self.submit(kind, self.state_body(kind, person, body, at))
        return leaf_hash(unb64(answer["entry"]))

    def propose(self, person, kind, detail):
        return self.say("proposal", person, {"kind": kind, "detail": detail})

    def approve(self, person, leaf):
        return self.say("approval", person, {"subject": b64(leaf)})

    def decide(self, kind, detail, by=None):
        """Proposed by the first of three officers, approved by the others."""
        first, second, third = by or self.officers
        leaf = self.propose(first, kind, detail)
        self.approve(second, leaf)
        self.approve(third, leaf)
        return leaf

    def wait_entry(self, kind, after, seconds=30):
        end = time.time() + seconds
        while time.time() < end:
            for text in self.follow()[after:]:
                entry = json.loads(text)
                if entry["type"] == kind:
                    return entry, leaf_hash(text)
            time.sleep(0.02)
        raise RuntimeError("no entry of type %s: %s" % (kind, self.keeper.messages()))

    def wait_status(self, index, seconds=20):
        """What the keeper pushes of a status entry at or behind that index."""
        end = time.time() + seconds
        while time.time() < end:
            self.link.state()
            for status in self.link.statuses:
                if status["index"] >= index:
                    return status
            time.sleep(0.01)
        raise RuntimeError("no status was pushed: " + self.keeper.messages())

    # --- keys and certificates

    def publish(self):
        """The public files (docs/protocol/log.md) as far as a ceremony needs them."""
        note = self.checkpoint()
        size = int(note.decode().split("\n")[1])
        folder = os.path.join(self.folder, "public")
        shutil.rmtree(folder, ignore_errors=True)
        bundles = os.path.join(folder, "log", "tile", "entries")
        os.makedirs(bundles)
        with open(os.path.join(folder, "log", "checkpoint"), "wb") as file:
            file.write(note)
        for first in range(0, size, 256):
            part = self.texts[first:min(first + 256, size)]
            name = "%03d" % (first // 256)
            if len(part) < 256:
                os.makedirs(os.path.join(bundles, name + ".p"), exist_ok=True)
                name += ".p/%d" % len(part)
            with open(os.path.join(bundles, name), "wb") as file:
                for text in part:
                    file.write(struct.pack(">H", len(text)) + text)
        return folder

    def authority_file(self):
        origin = "example.test/log"
        key = b"\1" + self.log_key
        key_id = sha256(origin.encode() + b"\n" + key)[:4].hex()
        path = os.path.join(self.folder, "authority.json")
        with open(path, "wb") as file:
            file.write(canonical({"authority": b64(self.authority), "origin": origin,
                                  "log_key": "%s+%s+%s" % (origin, key_id, b64(key)),
                                  "base_url": "http://127.0.0.1:8080"}) + b"\n")
        return path

    def ceremony(self, kind):
        out = os.path.join(self.folder, "ceremony")
        self.keeper.call("--ceremony", kind, "--record", self.publish(), "--authority",
                         self.authority_file(), "--out", out, "--root-token", "sealward-root",
                         "--root-pin-file", self.keeper.pin, "--subject", "Example Root", "Example",
                         "DE")
        return out

    def make_root(self):
        out = self.ceremony("root")
        with open(os.path.join(out, "ceremony.json"), "rb") as file:
            text = file.read()
        self.submit("ceremony", {"statement": json.loads(text),
                                 "signatures": [b64(p.sign(text)) for p in self.officers[:2]]})

    def make_key(self, signer, algorithm="p-256", token="sealward-signing", role=None):
        after = len(self.follow())
        role = role or ("signer" if signer else "issuing-ca")
        self.decide("key", {"role": role, "signer": signer, "token": token,
                            "algorithm": algorithm})
        entry, leaf = self.wait_entry("key", after)
        return sha256(unb64(entry["body"]["spki"])), leaf

    def certify(self, key, signer, days=30, offline=False, profile=None):
        after = len(self.follow())
        profile = profile or ("private" if signer else "issuing-ca")
        name = signer or ("Issuing CA" if profile == "issuing-ca" else profile)
        subject = {"common_name": "Example " + name, "organization": "Example", "country": "DE"}
        self.decide("issuance", {"key": b64(key), "profile": profile, "signer": signer,
                                 "subject": subject, "validity": days * 86400})
        if offline:
            self.wait_entry("issuance", after)
            out = self.ceremony("certify")
            with open(os.path.join(out, "certificate-0.json"), "rb") as file:
                self.submit("certificate", json.loads(file.read()))
        entry, leaf = self.wait_entry("certificate", after)
        return unb64(entry["body"]["certificate"]), leaf

    def make_ca(self):
        self.make_root()
        self.ca_key, _ = self.make_key(None)
        self.ca, _ = self.certify(self.ca_key, None, 1825, offline=True)

    def make_role(self, role, days, offline):
        """A key and a certificate of one of the roles of rules version 2."""
        key, _ = self.make_key(None, role=role)
        certificate, _ = self.certify(key, None, days, offline, profile=role)
        return key, certificate

    def make_authorities(self):
        """Time stamping and distrust lists."""
        self.timestamp_ca_key, self.timestamp_ca = self.make_role("timestamp-ca", 1825, True)
        self.timestamp_key, self.timestamp_certificate = self.make_role("timestamp", 365, False)
        self.list_key, self.list_certificate = self.make_role("list", 90, True)

    def number_of(self, certificate):
        for text in self.follow():
            entry = json.loads(text)
            if entry["type"] == "issuance" and unb64(entry["body"]["tbs"]) in certificate:
                return entry["body"]["number"]
        raise RuntimeError("no issuance of that certificate")

    def make_signer(self, signer, algorithm="p-256", days=30):
        key, _ = self.make_key(signer, algorithm)
        certificate, _ = self.certify(key, signer, days)
        return key, certificate

    # --- signing

    def grant_text(self, session, path, artifacts=(), count=10, window=600, actor=None):
        return statement("grant", self.authority, actor or "workload/app-ci", {
            "path": path, "artifacts": list(artifacts), "count": count, "window": window,
            "session": b64(session.spki)}, self.seen())

    def grant(self, session, path, artifacts=(), count=10, window=600, claims=None):
        text = self.grant_text(session, path, artifacts, count, window)
        token = self.issuer.token("sealward:sha256:" + sha256(text).hex(),
                                  self.claims if claims is None else claims)
        answer = self.submit("grant", signed(text, token=token))
        return leaf_hash(unb64(answer["entry"]))

    def request_body(self, session, grant, key, items, mechanism="ecdsa-sha256", authority=None):
        items = [{"digest": b64(item["digest"]) if item.get("digest") else None,
                  "artifact": item.get("artifact"), "preimages": item.get("preimages", [])}
                 for item in items]
        text = b"sealward-request\0" + canonical({
            "authority": b64(authority or self.authority), "grant": b64(grant), "key": b64(key),
            "mechanism": mechanism, "items": items})
        return {"grant": b64(grant), "key": b64(key), "mechanism": mechanism, "items": items,
                "signature": b64(session.sign(text))}

    def request(self, session, grant, key, items, mechanism="ecdsa-sha256"):
        return self.submit("request", self.request_body(session, grant, key, items, mechanism))

    def close_grant(self, session, grant):
        text = b"sealward-close\0" + canonical({"authority": b64(self.authority),
                                                "grant": b64(grant)})
        return self.submit("close", {"grant": b64(grant), "signature": b64(session.sign(text))})
