#!/usr/bin/env python3
"""libsealward-verify as an updater's author meets it: the example of examples/ is built by pkg-config and
with the static library, and run; and the library asks nothing of the system but memory.

usage: test_library.py BUILD SAMPLE-PROGRAM
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, SAMPLE = sys.argv[1:3]
del sys.argv[1:3]
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LIBRARY = os.path.join(BUILD, "src", "verify")
# What the shared library may ask of libc. No file, socket, clock, environment, thread or signal.
OF_LIBC = {
    "__assert_fail", "__ctype_b_loc", "__cxa_finalize", "__errno_location", "__explicit_bzero_chk",
    "__fprintf_chk", "__gmon_start__", "__memcpy_chk", "__memmove_chk", "__memset_chk",
    "__snprintf_chk", "__stack_chk_fail", "__strcpy_chk", "__vsnprintf_chk", "abort", "bcmp", "calloc",
    "explicit_bzero", "free", "malloc", "memchr", "memcmp", "memcpy", "memmem", "memmove", "memrchr",
    "memset", "qsort", "realloc", "snprintf", "strchr", "strcmp", "strerror", "strlen", "strncmp",
    "strnlen", "strrchr", "strsep", "strstr", "vsnprintf"}
OF_LIBCRYPTO = ("ASN1_", "BN_", "CRYPTO_", "ECDSA_", "EC_", "ERR_", "EVP_", "OPENSSL_", "OSSL_", "RSA_",
                "SHA256_", "SHA384_", "SHA512_", "PKCS8_", "d2i_", "i2d_")


def output(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        output(SAMPLE, cls.folder)
        with open(os.path.join(cls.folder, "now")) as file:
            cls.now = file.read()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def build(self, name, *libraries):
        program = self.path(name)
        output("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", os.path.join(TOP, "examples", "verify.c"),
               "-o", program, *libraries)
        return program

    def run_example(self, program, which):
        run = subprocess.run([program, *map(self.path, ("file", "file.p7s", "root.der", "authority.json",
                                                        which)), self.now],
                             env={"LD_LIBRARY_PATH": LIBRARY}, capture_output=True, text=True, check=False)
        return run.returncode, run.stdout

    def judges(self, program):
        self.assertEqual(self.run_example(program, "list"), (0, "trusted\n"))
        code, said = self.run_example(program, "list-revoked")
        self.assertEqual(code, 1)
        self.assertIn("revoked.key", said)
        self.assertTrue(said.endswith("left alone\n"))

    def test_the_example_is_built_by_pkg_config(self):
        flags = output("pkg-config", "--cflags", "--libs", "sealward-verify",
                       env=dict(os.environ, PKG_CONFIG_PATH=os.path.join(BUILD, "meson-uninstalled")))
        self.judges(self.build("shared", *flags.split()))

    def test_the_example_is_built_with_the_static_library(self):
        crypto = output("pkg-config", "--libs", "libcrypto").split()
        self.judges(self.build("static", "-I", os.path.join(TOP, "include"),
                               os.path.join(LIBRARY, "libsealward-verify.a"), *crypto))

    def test_the_library_asks_for_no_file_socket_or_clock(self):
        names = output("nm", "-D", "--undefined-only", os.path.join(LIBRARY, "libsealward-verify.so"))
        asked = {line.split()[-1].split("@")[0] for line in names.splitlines()}
        others = {name for name in asked if not name.startswith(OF_LIBCRYPTO) and name not in OF_LIBC
                  and not name.startswith("_ITM_")}
        self.assertEqual(others, set())


if __name__ == "__main__":
    unittest.main()
