"""A World with signers of every level behind the real daemon, and `sealward run` against it."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

from cryptography.hazmat.primitives import serialization

import case
import world
from authority import b64, change, unb64
from daemon import Daemon, free_port

WAITING = re.compile(r"sealward approve ([0-9a-f]{64})")

IDENTITY = """\
import json, sys
sys.path.insert(0, {lib!r})
from authority import Issuer
from cryptography.hazmat.primitives import serialization
issuer = Issuer()
with open({key!r}, "rb") as file:
    issuer.key = serialization.load_pem_private_key(file.read(), None)
print(issuer.token(sys.argv[1], json.loads({claims!r})))
"""

# Signers beside those of the default policy: the other kind of key.
MORE = (("desktop-rsa", "desktop-software", "rsa-3072", "attributes", ["pe", "cms"]),
        ("image-rsa", "container-image", "rsa-3072", "bare-hash", ["raw"]))


def richer_policy(officers, approver, engineer, issuer, **limits):
    objects = plain_policy(officers, approver, engineer, issuer, **limits)
    for name, level, algorithm, family, formats in MORE:
        objects.append(change("signer", name, {
            "level": level,
            "subject": {"common_name": "Example " + name, "organization": "Example",
                        "country": "DE"},
            "owner": officers[0].handle, "deputy": officers[1].handle, "algorithm": algorithm,
            "family": family, "formats": formats}))
        objects.append(change("path", name + "-release", {
            "signer": name, "workloads": ["app-ci"], "teams": ["engineers"],
            "approvers": "approvers", "formats": formats, "names": ["*"], "window": 3600,
            "count": 300}))
    for item in objects:
        if item["kind"] == "path":
            item["value"]["count"] = 300
    return objects


plain_policy, world.default_policy = world.default_policy, richer_policy


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


class Signing:
    """`signers` are ids of the policy; each gets a key and a certificate. `more` is World's; from
    version 2 of the rules on there are timestamps."""

    def __init__(self, signers, **more):
        self.world = world.World(case.program("sealward-keeper"), **more)
        try:
            self.start(signers)
        except BaseException:
            self.close()
            raise

    def start(self, signers):
        w = self.world
        self.daemon = None
        w.run("--first")
        w.show(first=True)
        w.make_ca()
        for signer in signers:
            algorithm = "rsa-3072" if signer.endswith("-rsa") else "p-256"
            w.make_signer(signer, algorithm)
        if w.rules >= 2:
            w.make_authorities()
        self.daemon = Daemon(case.program("sealwardd"), w)
        self.tsa = "127.0.0.1:%d" % free_port()
        self.daemon.start("--first", "--tsa-listen", self.tsa)
        self.lock = threading.Lock()
        self.work = os.path.join(w.folder, "work")
        os.makedirs(self.work)
        self.root = os.path.join(w.folder, "root.pem")
        self.write_root()
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": w.folder, "TMPDIR": w.folder, "LC_ALL": "C.UTF-8",
            "SEALWARD_SERVER": self.daemon.server, "SEALWARD_CA": self.daemon.certificate,
            "SEALWARD_AUTHORITY": w.authority_file(), "SEALWARD_AS": "workload/app-ci",
            "SEALWARD_STATE": os.path.join(w.folder, "seen"),
            "SEALWARD_MODULE": case.program("sealward-pkcs11.so"),
            "SEALWARD_TSA": "http://%s/tsa" % self.tsa,
            "SEALWARD_IDENTITY_COMMAND": "%s %s" % (sys.executable, self.write_identity())}

    def write_root(self):
        der = next(json.loads(text)["body"] for text in self.world.follow()
                   if json.loads(text)["type"] == "ceremony")
        certificate = unb64(der["statement"]["certificate"])
        subprocess.run(["openssl", "x509", "-inform", "DER", "-out", self.root], input=certificate,
                       check=True)

    def write_identity(self):
        key = os.path.join(self.world.folder, "issuer.pem")
        script = os.path.join(self.world.folder, "identity.py")
        with open(key, "wb") as file:
            file.write(self.world.issuer.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))
        with open(script, "w") as file:
            file.write(IDENTITY.format(lib=os.path.dirname(os.path.abspath(__file__)), key=key,
                                       claims=json.dumps(self.world.claims)))
        return script

    def close(self):
        if self.daemon is not None:
            self.daemon.kill()
        self.world.close()

    def agent(self, name):
        """The socket of an SSH agent that holds this person's key, for one call."""
        socket = os.path.join(self.world.folder, name + ".agent")
        process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        end = time.time() + 20
        add = ["ssh-add", "-q", self.world.people[name].key]
        # The socket's file is there a moment before the agent listens.
        while subprocess.run(add, stderr=subprocess.DEVNULL,
                             env=dict(os.environ, SSH_AUTH_SOCK=socket)).returncode != 0:
            if time.time() > end:
                process.kill()
                raise RuntimeError("the agent takes no key")
            time.sleep(0.01)
        return process, socket

    def path(self, name):
        return os.path.join(self.work, name)

    def fresh(self, name, content=None):
        """The path of a file that does not exist, or that holds just this."""
        path = self.path(name)
        if os.path.exists(path):
            os.unlink(path)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def copy(self, source, name):
        shutil.copyfile(source, self.fresh(name))
        return self.path(name)

    # --- sealward

    def decide(self, leaf, approvers, verdict):
        with self.lock:
            for name in approvers:
                self.world.say(verdict, self.world.people[name], {"subject": leaf})

    def sealward(self, *words, approvers=("approver-1",), verdict="approval", during=None, **extra):
        """Runs it to its end; what waits for approval is decided by these people. `during` is
        called with each line that it writes on standard error."""
        process = subprocess.Popen(
            [case.program("sealward"), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=self.work, env=dict(self.environment, **extra))
        out = []
        reader = threading.Thread(target=lambda: out.append(process.stdout.read()))
        reader.start()
        err = ""
        for line in process.stderr:
            err += line
            found = WAITING.search(line)
            if found:
                leaf = b64(bytes.fromhex(found[1]))
                self.decide(leaf, approvers, verdict)
            if during:
                during(line)
        reader.join()
        return Done(process.wait(), out[0], err)

    def entries(self, kind):
        with self.lock:
            entries = [json.loads(text) for text in self.world.follow()]
        return [entry for entry in entries if entry["type"] == kind]

    def findings(self):
        return self.daemon.get("/v1/findings")["findings"]
