"""The repository is finished work that speaks of Sealward alone: no notes to ourselves, no paths of the
machines it was written on. The words are spelled in two pieces here, so that this file passes itself."""

import os
import re

import tree

NOTES = ["TO" "DO", "FIX" "ME", "XX" "X", "not " "implemented", "unimple" "mented"]
PLACES = ["/wo" "rk/", "/fa" "rm/", "/ho" "me/[a-z]"]
WORDS = re.compile("|".join([rf"\b{note}\b" for note in NOTES] + PLACES))
# What ./quickstart writes is no part of the repository.
LEFT_OUT = ("fuzz/corpus/", "tests/data/", ".git/", "demo/run/", "demo/env")
ENDINGS = (".c", ".h", ".py", ".md", ".txt", ".build", ".sh", ".scd", ".yaml", ".json", ".js", ".css",
           ".html", ".service", ".map")


def texts(root):
    for at, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(("build", ".git"))]
        for name in names:
            path = os.path.relpath(os.path.join(at, name), root)
            if (not path.startswith(LEFT_OUT) or path == "demo/env.in") and (name.endswith(ENDINGS) or "." not in name):
                yield path


def check(root, build):
    faults = []
    for path in sorted(texts(root)):
        try:
            text = tree.read(root, path)
        except (UnicodeDecodeError, OSError):
            continue
        for match in WORDS.finditer(text):
            faults.append(f'{path}:{tree.line_of(text, match.start())}: "{match.group(0)}"')
    return faults


if __name__ == "__main__":
    tree.run(check)
