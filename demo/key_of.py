#!/usr/bin/env python3
"""Of what `sealward key show --json` prints: the id of a key of a signer or role, in that state (when
given).

    sealward key show --json | key_of.py SIGNER|--ROLE [STATE]
"""

import json
import sys

wanted, states = sys.argv[1], sys.argv[2:]
found = [key for key in json.load(sys.stdin)["keys"]
         if wanted in (key["signer"], "--" + key["role"]) and key["state"] in (states or [key["state"]])]
if not found:
    sys.exit(1)
print(found[0]["id"])
