"""The symbols that a shared library shows to the world are exactly those of exports/NAME.txt. Every
installed shared library has such a list."""

import os

import linkage
import tree


def exported(path):
    lines = tree.output(["nm", "-D", "--defined-only", path]).splitlines()
    names = {line.split()[-1].split("@")[0] for line in lines if line.strip() and " A " not in line}
    return {name for name in names if not name.startswith(("_init", "_fini", "__asan_", "__odr_asan"))}


def check(root, build):
    if build is None:
        raise tree.Skip("needs a build folder")
    folder = os.path.join(root, "tests/structure/exports")
    lists = {name[:-4] for name in os.listdir(folder)} if os.path.isdir(folder) else set()
    built = {name: path for name, path in linkage.installed(build).items() if ".so" in name}
    if not lists and not built:
        raise tree.Skip("there is no shared library yet")
    faults = [f"{name} is installed but has no exports/{name}.txt" for name in sorted(built.keys() - lists)]
    for name in sorted(lists):
        if name not in built or not os.path.isfile(built[name]):
            faults.append(f"{name} has a list of exports but was not built")
            continue
        wanted = {words[0] for _, words in tree.rows(root, f"tests/structure/exports/{name}.txt")}
        found = exported(built[name])
        faults += [f"{name} exports {symbol}, which its list does not have"
                   for symbol in sorted(found - wanted)]
        faults += [f"{name} does not export {symbol}" for symbol in sorted(wanted - found)]
    return faults


if __name__ == "__main__":
    tree.run(check)
