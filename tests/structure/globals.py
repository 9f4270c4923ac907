"""The pure rooms keep no state between calls: their objects hold no writable data but
what globals.txt names."""

import os

import tree

PURE = ["pki", "wire", "proof", "artifact", "rules", "verify"]
WRITABLE = (".data", ".bss", ".tdata", ".tbss")
OF_COMPILERS = ("__", ".L", "_ub", "asan.", "ubsan.", "DW.ref.")


def writable(archive):
    """(object, symbol) of each writable variable in a static library."""
    member = None
    for line in tree.output(["objdump", "-t", archive]).splitlines():
        if ":     file format" in line:
            member = line.split(":")[0]
        # "0000 l     O .bss	0008 name": section, size and name; sections name themselves.
        words = line.split()
        if len(words) < 4 or not words[-3].startswith(WRITABLE):
            continue
        section, name = words[-3], words[-1]
        if not section.startswith(".data.rel.ro") and name != section and not name.startswith(OF_COMPILERS):
            yield member, name


def check(root, build):
    if build is None:
        raise tree.Skip("needs a build folder")
    excused = {tuple(words) for _, words in tree.rows(root, "tests/structure/globals.txt")}
    faults = []
    for room in PURE:
        # The installed library of that name holds files of other rooms.
        name = "verify-core" if room == "verify" else room
        archive = os.path.join(build, "src", room, f"libsealward-{name}.a")
        if os.path.isfile(archive):
            faults += [f"room {room}: {member} holds the writable variable {name}"
                       for member, name in writable(archive)
                       if (room, os.path.basename(member), name) not in excused]
    return faults


if __name__ == "__main__":
    tree.run(check)
