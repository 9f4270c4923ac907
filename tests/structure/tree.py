"""What the structure checks share: the files of a checkout, C text without comments, and the list of
faults that a check prints. Each check is a function (root, build) -> faults and can be run alone:

    python3 tests/structure/includes.py CHECKOUT [BUILD FOLDER]

Exit code 0: holds. 1: faults, one a line. 77: cannot be judged here, with the reason.
"""

import os
import re
import subprocess
import sys


class Skip(Exception):
    """The check cannot be judged in this checkout or build."""


def run(check):
    root = os.path.abspath(sys.argv[1])
    build = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
    try:
        faults = check(root, build)
    except Skip as reason:
        print("skipped:", reason)
        sys.exit(77)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else "holds")
    sys.exit(1 if faults else 0)


def files(root, folders, endings):
    """Paths below the folders, relative to root, sorted."""
    found = []
    for folder in folders:
        for at, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if name.endswith(endings):
                    found.append(os.path.relpath(os.path.join(at, name), root))
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def rows(root, path):
    """(line number, words) of a list file; # starts a comment. ValueError names what is wrong."""
    for number, line in enumerate(read(root, path).splitlines(), 1):
        words = line.split("#")[0].split()
        if words:
            yield number, words


_PIECES = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S)


def code(text, keep_strings=False):
    """C text with comments, and the insides of strings, as blanks; lines stay where they are."""

    def blank(match):
        piece = match.group(0)
        if match.group("text"):
            return piece if keep_strings else piece[0] + " " * (len(piece) - 2) + piece[-1]
        return re.sub(r"[^\n]", " ", piece)

    return _PIECES.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def room_of(path):
    """src/proof/tree.c -> proof"""
    parts = path.split(os.sep)
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None


def unit_of(path):
    """src/base/file.c -> base/file"""
    return os.path.splitext(os.path.join(*path.split(os.sep)[1:]))[0]


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
