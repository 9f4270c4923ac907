#!/usr/bin/env python3
"""bench/inventory: the inventory at a hundred thousand certificates.

    bench/inventory.py BUILD [CERTIFICATES [MOST]]

Prints each question in milliseconds; fails if a filtered one takes more than MOST milliseconds.
"""

import json
import os
import subprocess
import sys

NAMES = {"expiring": "what ends within thirty days", "page": "the first page of that",
         "unused": "keys that are not used",
         "calendar": "calendar of thirty days"}


def main():
    program = os.path.join(sys.argv[1], "bench", "bench-inventory")
    count = sys.argv[2] if len(sys.argv) > 2 else "100000"
    most = float(sys.argv[3]) if len(sys.argv) > 3 else float("inf")
    r = json.loads(subprocess.run([program, count], check=True, stdout=subprocess.PIPE).stdout)
    print("%d certificates, all of them: %.1f ms, %.1f MB, %.1f times a copy of the answer" % (
        r["certificates"], r["whole"], r["bytes"] / 1e6, r["whole"] / r["copy"]))
    for name, words in NAMES.items():
        print("%-28s %8.1f ms" % (words, r[name]))
    return 0 if max(r["expiring"], r["unused"]) <= most else 1


sys.exit(main())
