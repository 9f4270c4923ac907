"""docs/rules.md lists every name under which anything in src refuses, and none besides. Names stand in
err_refuse as text or as a constant; those that are put together at run time have a row for the family."""

import re

import tree

CALL = re.compile(r'\berr_refuse\(\s*[^,()]+,\s*(?:"([^"]+)"|([A-Z][A-Z0-9_]+))')
COPIED = re.compile(r'snprintf\(\w+->rule, sizeof \w+->rule, "([a-z.-]+)"\)')
CONSTANT = re.compile(r'^#define ([A-Z][A-Z0-9_]+) "([^"]*)"', re.M)
NAMED = re.compile(r'\brefuse\(e, "([a-z-]+)"')  # policy_check.c: policy.NAME
ROW = re.compile(r"^\| `([^`]+)` \|", re.M)
PAGE = "docs/rules.md"
FAMILIES = {"<act>.entitled", "duty.<act>/<act>", "lint.<fault>", "proposal.<end>", "grant.<end>"}


def names(root):
    """name -> file; and the faults of names that cannot be resolved"""
    texts = {path: tree.code(tree.read(root, path), keep_strings=True)
             for path in tree.files(root, ["src"], (".c", ".h"))}
    constants = {}
    for text in texts.values():
        constants.update(dict(CONSTANT.findall(text)))
    found, faults = {}, []
    for path, text in texts.items():
        for name, constant in CALL.findall(text):
            if constant and constant not in constants:
                faults.append(f"{path}: {constant} names no rule")
                continue
            found.setdefault(name or constants[constant], path)
        for name in COPIED.findall(text):
            found.setdefault(name, path)
        if path.endswith("rules/policy_check.c"):
            for name in NAMED.findall(text):
                found.setdefault("policy." + name, path)
    return found, faults


def check(root, build):
    found, faults = names(root)
    rows = ROW.findall(tree.read(root, PAGE))
    faults += [f"{PAGE}: no row for {name} ({path})" for name, path in sorted(found.items())
               if name not in rows]
    faults += [f"{PAGE}: nothing refuses by {name}" for name in rows
               if name not in found and name not in FAMILIES]
    faults += [f"{PAGE}: {name} has two rows" for name in sorted(set(rows)) if rows.count(name) > 1]
    return faults


if __name__ == "__main__":
    tree.run(check)
