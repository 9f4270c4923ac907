#!/usr/bin/env python3
"""bench/distrust: the bytes of a distrust list over the fewest that any code can take (the logarithm of
the number of such sets), and the time of a look-up over that of a bisection of sorted 64-bit hashes.

    bench/distrust.py BUILD [--short]

Fails if a million of a hundred million misses an aim. Without --short ten thousand are shown as well:
a list so small that bisecting them stays within the processor's nearest memory.
"""

import json
import math
import os
import subprocess
import sys

AIM_BYTES, AIM_TIME = 1.05, 2


def bound(whole, part):
    """Bytes that tell one set of that size from all others."""
    ways = math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)
    return ways / math.log(2) / 8


def measure(build, whole, part):
    program = os.path.join(build, "bench", "bench-distrust")
    run = subprocess.run([program, str(whole), str(part)], stdout=subprocess.PIPE, check=True)
    figures = json.loads(run.stdout)
    size = figures["bytes"] / bound(whole, part)
    time = figures["lookup"] / figures["bisection"]
    print("distrust list, %d of %d: %d bytes, %.3f of the bound (aim: at most %.2f)" % (
        part, whole, figures["bytes"], size, AIM_BYTES))
    print("  look-up %.0f ns, %.2f of a bisection's %.0f ns (aim: at most %d)" % (
        figures["lookup"], time, figures["bisection"], AIM_TIME))
    print("  built in %.1f ms, opened in %.1f ms with %d bytes of index" % (
        figures["build"], figures["open"], figures["memory"]))
    return size <= AIM_BYTES and time <= AIM_TIME


def main():
    build = sys.argv[1]
    reached = measure(build, 10 ** 8, 10 ** 6)
    if "--short" not in sys.argv[2:]:
        measure(build, 10 ** 8, 10 ** 4)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
