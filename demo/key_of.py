#!/usr/bin/env python3
"""Of what `sealward key show --json` prints: the id of the newest key of a signer or role, if it is in
that state (when given).

    sealward key show --json | key_of.py SIGNER|--ROLE [STATE]
"""

import json
import sys

wanted = sys.argv[1]
found = [key for key in json.load(sys.stdin)["keys"]
         if wanted in (key["signer"], "--" + key["role"])]
if not found or sys.argv[2:] not in ([], [found[-1]["state"]]):
    sys.exit(1)
print(found[-1]["id"])
