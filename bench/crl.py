#!/usr/bin/env python3
"""bench/crl: writing a CRL over OpenSSL's own functions doing the same, in the same process.

    bench/crl.py BUILD [ENTRIES [ROUNDS [LEAST]]]

Prints the ratio of each round and the median; fails if that is below LEAST.
"""

import json
import os
import statistics
import subprocess
import sys


def main():
    program = os.path.join(sys.argv[1], "bench", "bench-crl")
    entries = sys.argv[2] if len(sys.argv) > 2 else "1000000"
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    least = float(sys.argv[4]) if len(sys.argv) > 4 else 0
    ratios = []
    for _ in range(rounds):
        r = json.loads(subprocess.run([program, entries], check=True, stdout=subprocess.PIPE).stdout)
        ratios.append(r["openssl"] / r["ours"])
        print("CRL of %d entries, %d bytes: %.3f s, OpenSSL %.3f s: %.1f times faster" % (
            r["entries"], r["bytes"], r["ours"], r["openssl"], ratios[-1]))
    print("median: %.1f times faster" % statistics.median(ratios))
    return 0 if statistics.median(ratios) >= least else 1


sys.exit(main())
