"""A fault point's name stands in one place only, so that arming it means one thing."""

import re

import tree

POINT = re.compile(r"\bFAULT_POINT\((\w+)\)")


def check(root, build):
    seen, faults = {}, []
    for path in tree.files(root, ["src"], (".c",)):
        text = tree.code(tree.read(root, path))
        for match in POINT.finditer(text):
            place = f"{path}:{tree.line_of(text, match.start())}"
            if match.group(1) in seen:
                faults.append(f"{place}: fault point {match.group(1)} stands in {seen[match.group(1)]} too")
            seen[match.group(1)] = place
    return faults


if __name__ == "__main__":
    tree.run(check)
