"""Each header opens with what it is for, and compiles alone. The installed one compiles as strict C99
and as C++ too, since strangers include it."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import tree

PACKAGES = ["libcrypto", "sqlite3", "yaml-0.1", "libcurl", "libmicrohttpd", "libseccomp", "p11-kit-1"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-function"]
OURS = ["-std=c17", "-D_GNU_SOURCE", "-DSEALWARD_FAULTS=1"]


def compile_alone(root, path, compiler, options):
    command = [compiler, "-fsyntax-only", *options, *WARNINGS, "-Isrc", "-Iinclude", "-include", path, "-"]
    result = subprocess.run(command, cwd=root, input="int alone(void);", capture_output=True, text=True)
    if result.returncode == 0:
        return None
    lines = [line for line in result.stderr.splitlines() if "error" in line] or ["?"]
    return f"{path} does not compile alone: {lines[0]}"


def check(root, build):
    flags = tree.output(["pkg-config", "--cflags", *PACKAGES]).split()
    headers = tree.files(root, ["src"], (".h",))
    installed = tree.files(root, ["include"], (".h",))
    faults = [f"{path} does not open with a comment that says what it is for"
              for path in headers + installed
              if not tree.read(root, path).startswith("/*")]
    tasks = [(root, path, "gcc", ["-x", "c", *OURS, *flags]) for path in headers]
    tasks += [(root, path, "gcc", ["-x", "c", "-std=c99"]) for path in installed]
    tasks += [(root, path, "clang-14", ["-x", "c++", "-std=c++11"]) for path in installed]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults += [f for f in pool.map(lambda task: compile_alone(*task), tasks) if f]
    return faults


if __name__ == "__main__":
    tree.run(check)
