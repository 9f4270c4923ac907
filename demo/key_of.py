#!/usr/bin/env python3
"""Of what `sealward key show --json` prints: the id of a signer's newest key. "" is the issuing CA's."""

import json
import sys

wanted = sys.argv[1] or None
found = [key["id"] for key in json.load(sys.stdin)["keys"] if key["signer"] == wanted]
if not found:
    sys.exit(1)
print(found[-1])
