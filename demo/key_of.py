#!/usr/bin/env python3
"""Of what `sealward key show --json` prints: the id of a signer's newest key ("" is the issuing CA),
if it is in that state (when given).

    sealward key show --json | key_of.py SIGNER [STATE]
"""

import json
import sys

wanted = sys.argv[1] or None
found = [key for key in json.load(sys.stdin)["keys"] if key["signer"] == wanted]
if not found or sys.argv[2:] not in ([], [found[-1]["state"]]):
    sys.exit(1)
print(found[-1]["id"])
