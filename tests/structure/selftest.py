"""Each structure check sees what it is for: a small good tree passes, and each of the broken copies
below is refused with the words that name the fault."""

import importlib
import os
import shutil
import subprocess
import sys
import tempfile

import tree

GOOD = {
    "src/base/text.h": "/* Texts. */\n#ifndef T\n#define T\n#include <stddef.h>\n"
                       "size_t text_size(const char *text);\nint text_parse(const char *text);\n#endif\n",
    "src/base/text.c": '#include "base/text.h"\n\n#include <string.h>\n\n'
                       "size_t text_size(const char *text)\n{\n    return strlen(text);\n}\n",
    "src/proof/note.h": '/* Notes. */\n#ifndef N\n#define N\n#include "base/text.h"\n#endif\n',
    "src/rules/state.c": '#include "proof/note.h"\n\nconst int state_table[] = {1, 2};\n',
    "include/sealward/verify.h": "/* The verifier. */\nint sealward_verify(const void *bytes);\n",
    "fuzz/text.c": "/* Aims at text_parse. */\nint LLVMFuzzerTestOneInput(void)\n{\n    return 0;\n}\n",
    "fuzz/meson.build": "fuzz_targets = {\n  'text': [base_dep],\n}\n",
    "fuzz/corpus/text/seed": "seed",
    "docs/rules.md": "# Rules\n",
    "tests/structure/parsers.txt": "",
    "tests/structure/globals.txt": "",
    "tests/structure/linkage.txt": "good libc.so.6\nlibgood.so libc.so.6\n",
    "tests/structure/exports/libgood.so.txt": "good_call\n",
}
LONG = "int long_one(void)\n{\n" + "    ;\n" * 70 + "}\n"
MIDDLING = "".join(f"int f{i}(void)\n{{\n" + "    ;\n" * 45 + "}\n" for i in range(8))

# check, file, text that replaces it (or is appended, with "+"), words of the fault
BROKEN = [
    ("includes", "src/base/up.c", '#include "proof/note.h"\n', "base may not include room proof"),
    ("includes", "src/proof/aside.c", '#include "token/x.h"\n', "is not a file below src"),
    ("includes", "src/base/near.c", '#include "text.h"\n', "say room/file.h"),
    ("includes", "src/base/dots.c", '#include "../src/base/text.h"\n', "say room/file.h"),
    ("includes", "src/base/other.c", '#include "base/../base/text.h"\n', "is not qualified"),
    ("includes", "src/attic/x.c", "\n", "no room"),
    ("includes", "src/base/text.h", '+#include "base/text2.h"\n', "is not a file"),
    ("includes", "tests/structure/rooms.txt", "+\n1 extra rules\n", "may not look up"),
    ("headers", "src/base/alone.h", "/* Alone. */\nsize_t alone_size(void);\n", "does not compile alone"),
    ("headers", "src/base/mute.h", "#include <stddef.h>\n", "does not open with a comment"),
    ("headers", "include/sealward/more.h", "/* More. */\nint class;\n", "does not compile alone"),
    ("system", "src/rules/now.c", "#include <time.h>\n", "include <time.h>"),
    ("system", "src/proof/net.c", "#include <sys/socket.h>\n", "include <sys/socket.h>"),
    ("system", "src/base/tls.c", "#include <openssl/ssl.h>\n", "include <openssl/ssl.h>"),
    ("system", "src/keeper/db.c", "#include <sqlite3.h>\n", "include <sqlite3.h>"),
    ("system", "src/http/fetch.c", "#include <curl/curl.h>\n", "include <curl/curl.h>"),
    ("system", "src/keeper/jail.c", "#include <seccomp.h>\n", "include <seccomp.h>"),
    ("system", "src/keeper/p11.c", "#include <p11-kit/pkcs11.h>\n", "include <p11-kit/pkcs11.h>"),
    ("system", "src/cli/strange.c", "#include <libstrange.h>\n", "include <libstrange.h>"),
    ("system", "src/base/copy.c", "void f(char *a) { strcpy(a, a); }\n", "call strcpy()"),
    ("system", "src/base/print.c", "void f(void) { printf(\"x\"); }\n", "call printf()"),
    ("system", "src/base/open.c", "void f(void) { fopen(\"x\", \"r\"); }\n", "call fopen()"),
    ("system", "src/rules/env.c", "void f(void) { getenv(\"x\"); }\n", "call getenv()"),
    ("system", "src/keeper/call.c", "void f(void) { C_Sign(1); }\n", "call C_Sign()"),
    ("system", "src/service/sql.c", 'const char *q = "SELECT 1";\n', "SQL outside of index"),
    ("system", "src/rules/real.c", "double f;\n", "floating point"),
    ("lengths", "src/base/long.c", LONG, "function of 72 lines"),
    ("lengths", "src/base/many.c", "\n" * 601, "601 lines, at most 600"),
    ("lengths", "src/base/middling.c", MIDDLING, "p90 of function lengths is"),
    ("parsers", "src/base/more.h", "/* More. */\nint more_parse(void);\n", "no fuzz target names more_parse"),
    ("parsers", "fuzz/text.c", "int LLVMFuzzerTestOneInput(void)\n", "does not open with a comment"),
    ("parsers", "fuzz/other.c", "/* Other. */\nint LLVMFuzzerTestOneInput(void)\n", "has no row for other"),
    ("parsers", "fuzz/other.c", "/* Other. */\nint LLVMFuzzerTestOneInput(void)\n", "holds no seed"),
    ("parsers", "tests/structure/parsers.txt", "gone_parse no reason\n", "no header declares gone_parse"),
    ("parsers", "tests/structure/parsers.txt", "text_parse none\n", "has a target after all"),
    ("faults", "src/base/twice.c", "FAULT_POINT(a);\nFAULT_POINT(a);\n", "fault point a stands in"),
    ("refusals", "src/base/no.c", 'bool f(void) { return err_refuse(e, "text.bad", "bad"); }\n',
     "no row for text.bad"),
    ("refusals", "src/base/no.c", "bool f(void) { return err_refuse(e, TEXT_BAD, \"bad\"); }\n",
     "TEXT_BAD names no rule"),
    ("refusals", "docs/rules.md", "| `text.long` | too long | less |\n", "nothing refuses by text.long"),
    ("words", "src/base/later.c", "/* TO" "DO: more */\n", "TO" "DO"),
    ("words", "README.md", "see /wo" "rk/notes\n", "/wo" "rk/"),
    ("linkage", "tests/structure/linkage.txt", "good\nlibgood.so libc.so.6\n", "good needs libc.so.6"),
    ("linkage", "tests/structure/linkage.txt", "good libc.so.6\n", "libgood.so is installed but not in"),
    ("linkage", "tests/structure/linkage.txt", "+lost libc.so.6\n", "lost is in linkage.txt but was not built"),
    ("exports", "tests/structure/exports/libgood.so.txt", "\n", "exports good_call"),
    ("exports", "tests/structure/exports/libgood.so.txt", "+more\n", "does not export more"),
    ("exports", "tests/structure/exports/lost.so.txt", "x\n", "lost.so has a list"),
    ("globals", "state.c", "int counter;\n", "writable variable counter"),
    ("globals", "state.c", "static int last = 3;\nint f(void);\nint f(void)\n{\n    return ++last;\n}\n",
     "writable variable last"),
    ("globals", "state.c", "_Thread_local int mine;\n", "writable variable mine"),
]

BUILD = """project('good', 'c')
executable('good', 'main.c', install: true)
shared_library('good', 'good.c', install: true)
"""


def write(folder, path, text):
    full = os.path.join(folder, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "a" if text.startswith("+") else "w", encoding="utf-8") as f:
        f.write(text.removeprefix("+"))


def make_tree(folder, root):
    for name in ("rooms.txt", "system.txt", "calls.txt"):
        write(folder, f"tests/structure/{name}", tree.read(root, f"tests/structure/{name}"))
    for path, text in GOOD.items():
        write(folder, path, text)


def make_build(folder):
    """A real build of a program and a library, for the checks that look at what was built."""
    source, build = os.path.join(folder, "source"), os.path.join(folder, "build")
    write(source, "meson.build", BUILD)
    write(source, "main.c", "int main(void)\n{\n    return 0;\n}\n")
    write(source, "good.c", "int good_call(void);\nint good_call(void)\n{\n    return 1;\n}\n")
    subprocess.run(["meson", "setup", build, source], check=True, capture_output=True)
    subprocess.run(["meson", "compile", "-C", build], check=True, capture_output=True)
    return build


def make_archive(build, folder, text):
    """The room `rules` as it would be built from that text."""
    room = os.path.join(build, "src", "rules")
    os.makedirs(room, exist_ok=True)
    write(folder, "state.c", text)
    subprocess.run(["gcc", "-fPIE", "-c", "state.c", "-o", "state.o"], cwd=folder, check=True)
    archive = os.path.join(room, "libsealward-rules.a")
    if os.path.exists(archive):
        os.remove(archive)
    subprocess.run(["ar", "rc", archive, "state.o"], cwd=folder, check=True)


def judge(name, folder, build):
    return importlib.import_module(name).check(folder, build)


def try_broken(name, path, text, words, place, root, build):
    folder = os.path.join(place, "broken")
    make_tree(folder, root)
    if name == "globals":
        make_archive(build, folder, text)
    else:
        write(folder, path, text)
    found = judge(name, folder, build)
    shutil.rmtree(folder)
    if any(words in fault for fault in found):
        return 0
    print(f"{name} does not see {path}: wanted \"{words}\", found {found}")
    return 1


def main():
    root, missed = os.path.abspath(sys.argv[1]), 0
    with tempfile.TemporaryDirectory() as place:
        build = make_build(place)
        good = os.path.join(place, "good")
        make_tree(good, root)
        make_archive(build, place, GOOD["src/rules/state.c"].split("\n", 2)[2])
        for name in sorted({row[0] for row in BROKEN}):
            found = judge(name, good, build)
            if found:
                missed += 1
                print(f"{name} refuses the good tree: {found}")
        for row in BROKEN:
            missed += try_broken(*row, place, root, build)
    print(f"{len(BROKEN)} broken trees, {missed} not seen")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
