#!/usr/bin/env python3
"""bench/account: blast radius and what-if over a million signatures.

    bench/account.py BUILD [SIGNATURES [MOST]]

Prints each in milliseconds; fails if the slowest takes more than MOST milliseconds.
"""

import json
import os
import subprocess
import sys
import tempfile

NAMES = {"radius": "blast radius of a key", "workload": "of a workload", "certificate":
         "of a certificate", "page": "a page in the middle", "whatif_half":
         "what-if, half of them fall", "whatif_most": "what-if, nearly all of them fall"}


def main():
    program = os.path.join(sys.argv[1], "bench", "bench-account")
    count = sys.argv[2] if len(sys.argv) > 2 else "1000000"
    most = float(sys.argv[3]) if len(sys.argv) > 3 else float("inf")
    with tempfile.TemporaryDirectory() as folder:
        r = json.loads(subprocess.run([program, folder, count], check=True,
                                      stdout=subprocess.PIPE).stdout)
        size = os.path.getsize(os.path.join(folder, "index.db"))
    print("index of %d signatures: %.1f s to fill, %d MB" % (
        r["count"], r["fill"] / 1000, size >> 20))
    for name, words in NAMES.items():
        print("%-34s %8.1f ms" % (words, r[name]))
    return 0 if max(r[name] for name in NAMES) <= most else 1


sys.exit(main())
