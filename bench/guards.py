#!/usr/bin/env python3
"""bench/guards: from a revocation's entry to the last guard's confirmation, with the real keeper and
daemon and a fleet of guards on this machine. Each guard asks over a TLS connection of its own once an
interval; their folders are in memory, because as many endpoints have as many disks.

    bench/guards.py BUILD [GUARDS] [INTERVAL-MS] [REVOCATIONS]

Prints, for each revocation, milliseconds from the entry's time to the last confirmation, and how many
intervals that is; and the time that the same guards need for their very first round.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "lib"))
import case
from authority import Brake, statement, signed
from daemon import Daemon
from world import World, b64, unb64


class Bench:
    def __init__(self, build, guards, interval):
        case.BUILD = self.build = os.path.abspath(build)
        self.guards, self.interval = guards, interval
        self.w = w = World(case.program("sealward-keeper"), rules=2)
        w.run("--first")
        w.show(first=True)
        w.make_ca()
        w.make_authorities()
        self.d = Daemon(case.program("sealwardd"), w)
        self.d.start("--first", "--connections", str(guards + 100), "--connections-per-address",
                     str(guards + 100))
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.fleet = tempfile.TemporaryDirectory(prefix="sealward-guards-", dir=memory)
        self.process = None

    def close(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
        self.fleet.cleanup()
        self.d.kill()
        self.w.close()

    def root(self):
        path = os.path.join(self.w.folder, "root.der")
        body = next(json.loads(text)["body"] for text in self.w.follow()
                    if json.loads(text)["type"] == "ceremony")
        with open(path, "wb") as file:
            file.write(unb64(body["statement"]["certificate"]))
        return path

    def make(self):
        run = subprocess.run([self.build + "/bench/bench-guards", "make", self.fleet.name,
                              str(self.guards), self.d.server, self.w.authority_file(), self.root()],
                             stdout=subprocess.PIPE, check=True)
        return run.stdout.decode().split()

    def enroll(self, keys):
        w, officer = self.w, self.w.officers[0]
        seen = w.seen()
        bodies = []
        for n, key in enumerate(keys):
            text = statement("enroll", w.authority, officer.actor,
                             {"id": "edge-%d" % n, "class": "workstation", "key": key}, seen)
            bodies.append(signed(text, officer.sign(text)))
        for body in bodies:
            w.link.submit("enroll", body)
        w.follow()

    def start(self):
        began = time.time()
        self.process = subprocess.Popen([self.build + "/bench/bench-guards", "run", self.fleet.name,
                                         str(self.guards), self.d.certificate, str(self.interval),
                                         "8"], stdout=subprocess.PIPE, text=True)
        at = int(self.process.stdout.readline().split()[1])
        return at - 1000 * began

    def status_behind(self, index):
        """The number of the first status behind that entry: what came before does not say it."""
        while True:
            for entry in map(json.loads, self.w.follow()):
                if entry["index"] > index and entry["type"] == "status":
                    return entry["body"]["number"]
            time.sleep(0.01)

    def revoke(self):
        """Milliseconds until all have confirmed a list that says so."""
        key = self.w.make_signer("package")[0]
        brake = Brake(self.w.keeper.brake)
        activation = brake.subject("key", key.hex())["activated"]
        brake.close()
        answer = self.w.submit("revoke", self.w.state_body("revoke", self.w.officers[0], {
            "subject": "key", "id": key.hex(), "activation": activation,
            "reason": "keyCompromise", "effective": 0, "note": "drill"}))
        entry = json.loads(unb64(answer["entry"]))
        number = self.status_behind(entry["index"])
        confirmed = 0
        while confirmed < number:
            confirmed, at = map(int, self.process.stdout.readline().split())
        return at - entry["time"]


def main():
    build = sys.argv[1]
    guards = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    interval = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    bench = Bench(build, guards, interval)
    try:
        bench.enroll(bench.make())
        first = bench.start()
        print("%d guards, each asks every %d ms; first round of all %d ms" % (guards, interval, first))
        times = []
        for _ in range(rounds):
            taken = bench.revoke()
            times.append(taken)
            print("revocation entry -> last confirmation: %d ms" % taken)
        median = statistics.median(times)
        print("median %d ms, %.2f intervals" % (median, median / interval))
    finally:
        bench.close()


if __name__ == "__main__":
    main()
