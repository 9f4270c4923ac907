"""What each room touches outside: system.txt says who may include which system header, calls.txt who
may call what. A header that is not listed is nobody's."""

import fnmatch
import re

import tree

INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]+<([^>]+)>", re.M)


def allowed(places, path):
    """Whether the file stands in one of the places: `all`, a room, a file without ending."""
    unit = tree.unit_of(path)
    return any(place in ("all", tree.room_of(path), unit) for place in places)


def header_places(table, header):
    """Of the rows that fit, the most exact one."""
    fits = [pattern for pattern in table if fnmatch.fnmatchcase(header, pattern)]
    return table[max(fits, key=len)] if fits else []


def check_headers(root, paths):
    table = {words[0]: words[1:] for _, words in tree.rows(root, "tests/structure/system.txt")}
    faults = []
    for path in paths:
        text = tree.code(tree.read(root, path))
        for match in INCLUDE.finditer(text):
            if not allowed(header_places(table, match.group(1)), path):
                line = tree.line_of(text, match.start())
                faults.append(f"{path}:{line}: system.txt does not let it include <{match.group(1)}>")
    return faults


def check_calls(root, paths):
    table = [(re.compile(rf"(?<![\w.>])({words[0]})\s*\("), words[1:])
             for _, words in tree.rows(root, "tests/structure/calls.txt")]
    faults = []
    for path in paths:
        text = tree.code(tree.read(root, path))
        for pattern, places in table:
            if allowed(places, path):
                continue
            for match in pattern.finditer(text):
                line = tree.line_of(text, match.start())
                faults.append(f"{path}:{line}: calls.txt does not let it call {match.group(1)}()")
    return faults


def check_words(root, paths):
    """Words that belong to one room: SQL, floating point, locale."""
    pure = ("base", "pki", "wire", "proof", "artifact", "rules", "verify")
    sql = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|PRAGMA)\b')
    floating = re.compile(r"\b(double|float)\b")
    faults = []
    for path in paths:
        text = tree.read(root, path)
        bare, full = tree.code(text), tree.code(text, keep_strings=True)
        if tree.room_of(path) != "index" and sql.search(full):
            faults.append(f"{path}:{tree.line_of(full, sql.search(full).start())}: SQL outside of index")
        if tree.room_of(path) in pure and floating.search(bare):
            line = tree.line_of(bare, floating.search(bare).start())
            faults.append(f"{path}:{line}: floating point in a pure room")
    return faults


def check(root, build):
    paths = tree.files(root, ["src"], (".c", ".h"))
    return check_headers(root, paths) + check_calls(root, paths) + check_words(root, paths)


if __name__ == "__main__":
    tree.run(check)
