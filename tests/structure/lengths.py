"""Short functions and files: no function over 70 lines, nine of ten within 40, no file over 600.
A function begins with a brace in column 0 and ends with one; tables (`= {`) do not count."""

import tree

FOLDERS = ["src", "include", "fuzz", "tests", "bench"]
FUNCTION_MAX = 70
FUNCTION_P90 = 40
FILE_MAX = 600


def functions(text):
    """(line of the opening brace, lines from brace to brace)"""
    begin = None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            yield begin, number - begin + 1
            begin = None


def check(root, build):
    faults, lengths = [], []
    for path in tree.files(root, FOLDERS, (".c", ".h")):
        text = tree.read(root, path)
        size = text.count("\n")
        if size > FILE_MAX:
            faults.append(f"{path}: {size} lines, at most {FILE_MAX}")
        for line, length in functions(text):
            if path.startswith("src"):
                lengths.append(length)
            if length > FUNCTION_MAX:
                faults.append(f"{path}:{line}: function of {length} lines, at most {FUNCTION_MAX}")
    lengths.sort()
    if lengths:
        p90 = lengths[len(lengths) * 9 // 10]
        print(f"{len(lengths)} functions: median {lengths[len(lengths) // 2]}, p90 {p90}, "
              f"longest {lengths[-1]} lines")
        if p90 > FUNCTION_P90:
            faults.append(f"p90 of function lengths is {p90} lines, at most {FUNCTION_P90}")
    return faults


if __name__ == "__main__":
    tree.run(check)
