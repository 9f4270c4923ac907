"""An endpoint with its guard."""

import json
import os
import subprocess
import time

import case
from authority import unb64


class Endpoint:
    """One guard's folder, and its program."""

    def __init__(self, folder, url, publisher, *options, name="edge-7", kind="kiosk"):
        self.folder, self.pins = os.path.join(folder, "guard"), folder
        publisher.save(folder)
        done = self.call("init", "--authority", folder + "/authority.json", "--root",
                         folder + "/root.pem", "--id", name, "--class", kind, "--url", url,
                         *options)
        assert done.returncode == 0, done.stderr
        self.spki = unb64(done.stdout.split("\n")[1].strip())
        self.told = done.stdout

    def call(self, *words, environment=None):
        return subprocess.run([case.program("sealward-guard"), *words, "--folder", self.folder],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=environment)

    def once(self):
        return self.call("run", "--once")

    def status(self):
        done = self.call("status", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, *options):
        """Runs it until the test ends it; waits until it answers."""
        process = subprocess.Popen([case.program("sealward-guard"), "run", "--folder", self.folder,
                                    *options], stderr=subprocess.PIPE, text=True)
        end = time.time() + 20
        while not os.path.exists(self.folder + "/guard.sock") and time.time() < end:
            time.sleep(0.01)
        return process
