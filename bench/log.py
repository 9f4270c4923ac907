#!/usr/bin/env python3
"""bench/log: how fast an audit replays a record, over raw P-256 verifications; and what keeper and
daemon need of memory at a thousand and at a hundred thousand entries.

    bench/log.py BUILD [ENTRIES]
"""

import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "lib"))
import case
from authority import ADMITTED
from daemon import Daemon
from world import Session, World, canonical, sha256, struct


def resident_kb(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def raw_verifications():
    """P-256 verifications a second in one thread, by openssl's own measure."""
    run = subprocess.run(["openssl", "speed", "-seconds", "2", "-mr", "ecdsap256"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in run.stdout.decode().split("\n"):
        if line.startswith("+F4"):
            return float(line.split(":")[4])
    raise RuntimeError("openssl speed said nothing of P-256")


class Bench:
    def __init__(self, build):
        case.BUILD = os.path.abspath(build)
        self.w = World(case.program("sealward-keeper"))
        self.w.run("--first")
        self.w.show(first=True)
        self.w.make_ca()
        self.key, _ = self.w.make_signer("package")
        self.d = Daemon(case.program("sealwardd"), self.w)
        os.makedirs(os.path.join(self.d.public, "log"), exist_ok=True)
        with open(os.path.join(self.d.public, "log", "checkpoint"), "wb") as file:
            file.write(self.w.checkpoint())
        self.d.start()

    def close(self):
        self.d.kill()
        self.w.close()

    def size(self):
        return self.w.link.state()["size"]

    def fill(self, target):
        """Requests of one digest each, a hundred a grant, until the record has that many entries."""
        n = 0
        while self.size() < target:
            session = Session()
            grant = self.w.grant(session, "package-release", count=100)
            frames = b""
            for _ in range(100):
                n += 1
                body = canonical({"tag": 10 ** 9 + n, "type": "request", "body":
                                  self.w.request_body(session, grant, self.key,
                                                      [{"digest": sha256(b"%d" % n)}])})
                frames += struct.pack(">IB", len(body), 3) + body
            self.w.link.socket.sendall(frames)
            for _ in range(100):
                kind, answer = self.w.link.receive()
                if kind != ADMITTED:
                    raise RuntimeError(answer)
            self.w.close_grant(session, grant)

    def settle(self):
        """Until the daemon has published all of it."""
        path = os.path.join(self.d.public, "log", "checkpoint")
        while True:
            with open(path) as file:
                if int(file.read().split("\n")[1]) >= self.size():
                    return
            time.sleep(0.1)

    def memory(self):
        print("memory at %7d entries: keeper's core %6d kB, daemon %6d kB" % (
            self.size(), resident_kb(self.w.keeper.process.pid), resident_kb(self.d.process.pid)))

    def audit(self):
        command = [case.program("sealward"), "audit", os.path.join(self.d.public, "log"), "--authority",
                   self.w.authority_file()]
        start = time.perf_counter()
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        seconds = time.perf_counter() - start
        if run.returncode != 0:
            raise RuntimeError(run.stdout.decode() + run.stderr.decode())
        signatures = sum(1 for text in self.w.texts if json.loads(text)["type"] == "request")
        rate, raw = signatures / seconds, raw_verifications()
        print("audit: %d signatures in %.2f s, %d/s: %.3f of raw P-256 verifications (%d/s)" % (
            signatures, seconds, rate, rate / raw, raw))


def main():
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    bench = Bench(sys.argv[1])
    try:
        bench.fill(1000)
        bench.settle()
        bench.memory()
        bench.fill(most)
        bench.settle()
        bench.memory()
        bench.w.follow()
        bench.audit()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
