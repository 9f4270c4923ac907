"""Every reader of outside bytes has a fuzz target that names it. A reader is a function that a header
of src declares and whose name has parse, read or decode in it; a target names those it aims at in its
head comment. parsers.txt says which readers need none, and why."""

import os
import re

import tree

READER = re.compile(r"\b([a-z][a-z0-9]*(?:_[a-z0-9]+)*_(?:parse|read|decode)(?:_[a-z0-9]+)*)\s*\(")
HEAD = re.compile(r"\A\s*/\*.*?\*/", re.S)


def readers(root):
    """function -> header that declares it"""
    found = {}
    for path in tree.files(root, ["src"], (".h",)):
        text = tree.code(tree.read(root, path))
        for match in READER.finditer(text):
            found.setdefault(match.group(1), path)
    return found


def targets(root):
    """target -> its text; every file with the entry point that libFuzzer calls is one"""
    texts = {path: tree.read(root, path) for path in tree.files(root, ["fuzz"], (".c",))}
    return {os.path.basename(path)[:-2]: text for path, text in texts.items()
            if re.search(r"^int LLVMFuzzerTestOneInput", text, re.M)}


def judge_target(root, name, text):
    head = HEAD.match(text)
    if not head:
        yield f"fuzz/{name}.c does not open with a comment that names what it aims at"
    if not re.search(rf"'{name}'\s*:", tree.read(root, "fuzz/meson.build")):
        yield f"fuzz/meson.build has no row for {name}"
    corpus = os.path.join(root, "fuzz/corpus", name)
    if not os.path.isdir(corpus) or not os.listdir(corpus):
        yield f"fuzz/corpus/{name} holds no seed"


def check(root, build):
    found, faults, aimed_at, excused = readers(root), [], set(), set()
    for name, text in sorted(targets(root).items()):
        faults += judge_target(root, name, text)
        head = HEAD.match(text)
        aimed_at |= set(re.findall(r"\w+", head.group(0))) if head else set()
    for number, words in tree.rows(root, "tests/structure/parsers.txt"):
        excused.add(words[0])
        if words[0] not in found:
            faults.append(f"parsers.txt:{number}: no header declares {words[0]}")
        if words[0] in aimed_at:
            faults.append(f"parsers.txt:{number}: {words[0]} has a target after all")
        if len(words) < 2:
            faults.append(f"parsers.txt:{number}: {words[0]} needs a reason")
    faults += [f"{path}: no fuzz target names {function}" for function, path in sorted(found.items())
               if function not in aimed_at | excused]
    return faults


if __name__ == "__main__":
    tree.run(check)
