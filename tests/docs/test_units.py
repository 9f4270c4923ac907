#!/usr/bin/env python3
"""systemd's own opinion of the units, where there is a systemd-analyze; else skipped (77)."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

UNITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packaging", "systemd")


def main():
    if not shutil.which("systemd-analyze"):
        print("skipped: there is no systemd-analyze")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        units = []
        for name in sorted(os.listdir(UNITS)):
            with open(os.path.join(UNITS, name)) as file:
                text = file.read()
            # Programs and manual pages of an installation that is not here.
            text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
            text = re.sub(r"^ExecStart=/usr/s?bin/\S+", "ExecStart=/bin/true", text, flags=re.M)
            units.append(os.path.join(folder, name))
            with open(units[-1], "w") as file:
                file.write(text)
        run = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
        print(run.stdout + run.stderr)
        return 1 if run.returncode != 0 or run.stderr.strip() else 0


if __name__ == "__main__":
    sys.exit(main())
