"""A Signing whose signers can go on with another key, for signing again what the old one signed."""

import json
import os

from authority import b64, now_ms
from signing import Signing


class Campaign(Signing):
    def __init__(self, signers, **more):
        super().__init__(signers, rules=2, **more)

    def key_of(self, signer, state):
        return next(key["id"] for key in self.daemon.get("/v1/signers/" + signer)["keys"]
                    if key["state"] == state)

    def switch_key(self, signer):
        """A standby, certified, takes over; the old key is deactivated at once."""
        with self.lock:
            old = self.key_of(signer, "active")
            new, _ = self.world.make_signer(signer)
            self.world.decide("rollover", {"signer": signer, "from": old, "to": b64(new),
                                           "switch_at": now_ms(), "overlap": 0})
            # Any entry: with it the switch is due.
            self.world.propose(self.world.officers[0], "key", {
                "role": "issuing-ca", "signer": None, "token": "sealward-signing",
                "algorithm": "p-256"})
        return new

    def folder(self, name):
        path = self.path(name)
        os.makedirs(path, exist_ok=True)
        return path

    def write(self, path, content):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def ledger(self, signer, *words):
        done = self.sealward("resign", signer, "--status", "--json", *words)
        if done.code != 0:
            raise RuntimeError(done.err)
        return json.loads(done.out)
