"""Rooms include only what rooms.txt allows, always qualified, and headers form no circle."""

import os
import re

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def rooms(root):
    """room -> (floor, rooms allowed), and faults of the list itself."""
    table, faults = {}, []
    for number, words in tree.rows(root, "tests/structure/rooms.txt"):
        table[words[1]] = (int(words[0]), words[2:])
    for room, (floor, allowed) in table.items():
        for other in allowed:
            if other not in table:
                faults.append(f"rooms.txt: {room} may include {other}, which is no room")
            elif table[other][0] >= floor:
                faults.append(f"rooms.txt: {room} (floor {floor}) may not look up or aside to {other}")
    return table, faults


def includes_of(root, path):
    text = tree.code(tree.read(root, path), keep_strings=True)
    return [(tree.line_of(text, m.start()), m.group(1)) for m in INCLUDE.finditer(text)]


def judge_include(table, root, path, target):
    room = tree.room_of(path)
    if not os.path.isfile(os.path.join(root, "src", target)):
        return f'"{target}" is not a file below src: say room/file.h'
    if "/" not in target or ".." in target or "./" in target:
        return f'"{target}" is not qualified: say room/file.h'
    other = target.split("/")[0]
    if other != room and other not in table[room][1]:
        return f"room {room} may not include room {other}"
    return None


def circles(graph):
    """Each circle of the graph once, by depth-first search."""
    found, done = [], set()

    def visit(node, trail):
        if node in trail:
            found.append(trail[trail.index(node):] + [node])
            return
        if node in done:
            return
        for following in graph.get(node, []):
            visit(following, trail + [node])
        done.add(node)

    for node in sorted(graph):
        visit(node, [])
    return found


def check(root, build):
    table, faults = rooms(root)
    graph = {}
    for path in tree.files(root, ["src"], (".c", ".h")):
        room = tree.room_of(path)
        if room not in table:
            faults.append(f"{path}: its folder is no room of rooms.txt")
            continue
        for line, target in includes_of(root, path):
            fault = judge_include(table, root, path, target)
            if fault:
                faults.append(f"{path}:{line}: {fault}")
            if path.endswith(".h"):
                graph.setdefault(path[4:], []).append(target)
    for circle in circles(graph):
        faults.append("headers include each other: " + " -> ".join(circle))
    return faults


if __name__ == "__main__":
    tree.run(check)
