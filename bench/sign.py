#!/usr/bin/env python3
"""bench/sign: governed signatures end to end (client, TLS, rules, durable journal, keeper) over raw
C_Sign on the same token in one process. Prints ratios of medians over interleaved rounds.

    bench/sign.py BUILD [ROUNDS]
"""

import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "lib"))
import case
from authority import MODULE
from daemon import Daemon
from world import Link, Session, World, b64, leaf_hash, sha256, unb64
from cryptography.hazmat.primitives import serialization

CLIENTS = 64


class Bench:
    def __init__(self, build, rounds):
        case.BUILD = self.build = os.path.abspath(build)
        self.rounds = rounds
        self.w = World(case.program("sealward-keeper"), extra=["--workers", "2"])
        self.w.run("--first")
        self.w.show(first=True)
        self.w.make_ca()
        self.keys = {"ecdsa-sha256": ("package", self.w.make_signer("package")[0]),
                     "rsa-pkcs1-sha256": ("package-rsa",
                                          self.w.make_signer("package-rsa", "rsa-3072")[0])}
        self.d = Daemon(case.program("sealwardd"), self.w)
        public = os.path.join(self.d.public, "log")
        os.makedirs(public, exist_ok=True)
        with open(os.path.join(public, "checkpoint"), "wb") as file:
            file.write(self.w.checkpoint())
        self.d.start()

    def close(self):
        self.d.kill()
        self.w.close()

    def tool(self, name, *arguments, text=None):
        run = subprocess.run([os.path.join(self.build, "bench", name), *map(str, arguments)],
                             input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=dict(os.environ, SOFTHSM2_CONF=self.w.keeper.conf))
        if run.returncode != 0:
            raise RuntimeError(run.stderr.decode())
        return json.loads(run.stdout)

    def grants(self, path, clients):
        """One open grant a client; at most 100 digests each, so as many as are needed."""
        lines = []
        for _ in range(clients):
            session = Session()
            grant = self.w.grant(session, path, count=100)
            private = session.key.private_bytes(serialization.Encoding.DER,
                                                serialization.PrivateFormat.PKCS8,
                                                serialization.NoEncryption())
            lines.append("%s %s\n" % (grant.hex(), b64(private)))
        return "".join(lines).encode()

    def governed(self, mechanism, digests, clients, requests):
        signer, key = self.keys[mechanism]
        grants = self.grants(signer + "-release", clients)
        return self.tool("bench-load", self.d.server, self.d.certificate, self.w.authority.hex(),
                         key.hex(), mechanism, digests, requests, text=grants)

    def raw(self, mechanism, count):
        _, key = self.keys[mechanism]
        return self.tool("bench-raw", MODULE, "sealward-signing", self.w.keeper.pin, key.hex(),
                         mechanism, count)

    def throughput(self, mechanism, digests, requests, raw_count):
        ratios, rates = [], []
        for _ in range(self.rounds):
            raw = self.raw(mechanism, raw_count)
            governed = self.governed(mechanism, digests, CLIENTS, requests)
            limit = raw["signatures"] / raw["seconds"]
            rate = governed["signatures"] / governed["seconds"]
            ratios.append(rate / limit)
            rates.append((rate, limit))
        rate, limit = rates[ratios.index(sorted(ratios)[len(ratios) // 2])]
        print("%-17s %2d digest%s a request, %d clients: %6.3f of raw C_Sign (%d/s over %d/s)" % (
            mechanism, digests, " " if digests == 1 else "s", CLIENTS,
            statistics.median(ratios), rate, limit))

    def latency(self):
        """One idle client against what it cannot do without: a sync, a signature, round trips."""
        ratios = []
        for _ in range(self.rounds):
            raw = self.raw("ecdsa-sha256", 2000)
            sign = raw["seconds"] / raw["signatures"] * 1e6
            sync = self.sync_us()
            trip = self.trip_us()
            governed = self.governed("ecdsa-sha256", 1, 1, 100)["median_us"]
            ratios.append((governed / (sync + sign + trip), governed, sync, sign, trip))
        middle = sorted(ratios)[len(ratios) // 2]
        print("one idle request: %.2f of (sync + C_Sign + TLS round trip): %d us over "
              "(%d + %d + %d) us" % middle)

    def sync_us(self):
        path = os.path.join(self.w.folder, "sync")
        times = []
        fd = os.open(path, os.O_CREAT | os.O_RDWR)
        os.posix_fallocate(fd, 0, 1 << 20)
        for n in range(200):
            start = time.perf_counter()
            os.pwrite(fd, b"x" * 2048, (n % 256) * 2048)
            os.fdatasync(fd)
            times.append(time.perf_counter() - start)
        os.close(fd)
        return statistics.median(times) * 1e6

    def trip_us(self):
        link = self.d.connection()
        times = []
        for _ in range(200):
            start = time.perf_counter()
            self.d.call("GET", "/healthz", raw=True, connection=link)
            times.append(time.perf_counter() - start)
        link.close()
        return statistics.median(times) * 1e6


def main():
    bench = Bench(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    try:
        bench.throughput("ecdsa-sha256", 1, 50, 20000)
        bench.throughput("ecdsa-sha256", 16, 6, 20000)
        bench.throughput("rsa-pkcs1-sha256", 1, 6, 300)
        bench.throughput("rsa-pkcs1-sha256", 16, 1, 300)
        bench.latency()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
