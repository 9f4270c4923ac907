"""Tests of whole programs: unittest, with the programs' folder given as first argument."""

import os
import sys
import unittest

BUILD = None


def program(name):
    for room in ("keeper", "http", "cli", "pkcs11", "guard"):
        path = os.path.join(BUILD, "src", room, name)
        if os.path.exists(path):
            return path
    raise FileNotFoundError("%s is not built in %s" % (name, BUILD))


def main():
    global BUILD
    sys.modules["case"] = sys.modules[__name__]
    BUILD = os.path.abspath(sys.argv.pop(1))
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    unittest.main(module="__main__", verbosity=2, warnings="ignore")
