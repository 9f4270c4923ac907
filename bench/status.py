#!/usr/bin/env python3
"""bench/status: the entries of all CRLs of a status, for many revocations over forty quarters of
issuance, over the same for a single quarter.

    bench/status.py BUILD [REVOCATIONS [MOST]]

Fails if the ratio is over MOST.
"""

import json
import os
import subprocess
import sys
import tempfile

PERIODS = "40"


def certificate(folder):
    path = os.path.join(folder, "certificate.der")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", os.devnull, "-subj",
                    "/CN=bench", "-set_serial", "0x7f00000000000001", "-outform", "DER",
                    "-out", path], check=True, stderr=subprocess.DEVNULL)
    return path


def main():
    program = os.path.join(sys.argv[1], "bench", "bench-status")
    count = sys.argv[2] if len(sys.argv) > 2 else "1000000"
    most = float(sys.argv[3]) if len(sys.argv) > 3 else float("inf")
    with tempfile.TemporaryDirectory(prefix="sealward-bench-") as folder:
        run = subprocess.run([program, count, PERIODS, certificate(folder)], check=True,
                             stdout=subprocess.PIPE)
    r = json.loads(run.stdout)
    ratio = r["many"] / r["one"]
    print("%d revocations over %d CRLs: %.0f ms, %.2f of the time for one CRL (%.2f us each)" % (
        r["entries"], r["periods"], r["many"], ratio, 1000 * r["many"] / r["entries"]))
    return 0 if ratio <= most and r["entries"] == r["revocations"] else 1


sys.exit(main())
