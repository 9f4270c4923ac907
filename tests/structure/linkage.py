"""What each program needs at run time, against linkage.txt: a library that is not listed there is a
fault, so is a listed program that is not built, and an installed program that is not listed."""

import json
import os
import re

import tree

# The loader, and what sanitizers bring.
IGNORED = ("ld-linux", "libasan.so", "libubsan.so", "libtsan.so", "libclang_rt.")


def installed(build):
    """Names of the programs and libraries that the build installs; those of libraries without version."""
    targets = json.loads(tree.output(["meson", "introspect", "--targets", build]))
    kinds = ("executable", "shared library", "shared module")
    return {re.sub(r"\.so[.0-9]*$", ".so", os.path.basename(name)): name for t in targets
            if t["installed"] and t["type"] in kinds for name in t["filename"]}


def needed(path):
    lines = tree.output(["readelf", "-d", "-W", path]).splitlines()
    return [line.split("[")[1].split("]")[0] for line in lines if "(NEEDED)" in line]


def check(root, build):
    table = {words[0]: words[1:] for _, words in tree.rows(root, "tests/structure/linkage.txt")}
    if build is None:
        raise tree.Skip("needs a build folder")
    programs = installed(build)
    faults = [f"{name} is installed but not in linkage.txt" for name in programs if name not in table]
    for name, libraries in table.items():
        if name not in programs or not os.path.isfile(programs[name]):
            faults.append(f"{name} is in linkage.txt but was not built")
            continue
        faults += [f"{name} needs {library}, which linkage.txt does not list"
                   for library in needed(programs[name])
                   if library not in libraries and not library.startswith(IGNORED)]
    if not table and not programs:
        raise tree.Skip("there is no program yet")
    return faults


if __name__ == "__main__":
    tree.run(check)
