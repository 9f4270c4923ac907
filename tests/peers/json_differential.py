#!/usr/bin/env python3
"""Gives random and mutated JSON texts to our reader and to Python's, and compares the verdicts.

Python reads more than RFC 8259 and less strictly than we do, so its reader is narrowed to our rules
where both are known to differ: no NaN and Infinity, no doubled members, no U+0000, no half surrogate
pairs, UTF-8 without a byte order mark, 32 levels, 1,024 members. The canonical form is written here
once more, independently. Everything follows from a fixed seed.

usage: json_differential.py VERDICT-PROGRAM CORPUS-FOLDER [COUNT]
"""
import json
import pathlib
import random
import subprocess
import sys

DEPTH_MAX = 32
MEMBERS_MAX = 1024
INTEGER_MAX = 2**53 - 1


class Refused(Exception):
    pass


class Number(str):
    """A number as it stands in the text."""


def object_of(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names) or len(names) > MEMBERS_MAX:
        raise Refused
    for name in names:
        check_string(name)
    return dict(pairs)


def refuse_constant(_):
    raise Refused


def check_string(text):
    if "\0" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise Refused


def check(value, depth):
    if isinstance(value, (list, dict)):
        if depth == DEPTH_MAX:
            raise Refused
        for child in value.values() if isinstance(value, dict) else value:
            check(child, depth + 1)
    elif isinstance(value, str) and not isinstance(value, Number):
        check_string(value)


def peer_read(source):
    """The value, or Refused."""
    try:
        value = json.loads(source.decode("utf-8"), object_pairs_hook=object_of,
                           parse_constant=refuse_constant, parse_int=Number, parse_float=Number)
    except (ValueError, RecursionError):
        raise Refused from None
    check(value, 0)
    return value


def write_string(text):
    out = []
    for c in text:
        if c in '"\\':
            out.append("\\" + c)
        elif c < " ":
            out.append("\\u%04x" % ord(c))
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def write(value):
    """The canonical form, or Refused where there is none."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        if value == "-0" or not value.lstrip("-").isdigit() or len(value) > 17:
            raise Refused
        if abs(int(value)) > INTEGER_MAX:
            raise Refused
        return str(value)
    if isinstance(value, str):
        return write_string(value)
    if isinstance(value, list):
        return "[" + ",".join(write(v) for v in value) + "]"
    return "{" + ",".join(write_string(k) + ":" + write(v) for k, v in value.items()) + "}"


def expected(source):
    try:
        value = peer_read(source)
    except Refused:
        return b"-"
    try:
        canonical = write(value).encode()
    except Refused:
        return b"+"
    return (b"= " if canonical == source else b"+ ") + canonical


# --- texts ---

SPACES = ["", "", "", "", " ", "\n", "\t", "\r", "  "]
CHARACTERS = ["a", "b", "\"", "\\", "/", "\n", "\x01", "\x1f", " ", "\x7f", "\u0080", "\u00fc",
              "\u20ac", "\ufeff", "\uffff", "\U0001d11e", "\U0010ffff", "\0"]
NUMBERS = ["0", "-0", "1", "-1", "9007199254740991", "9007199254740992", "-9007199254740991",
           "-9007199254740992", "1.5", "1e5", "1E-5", "0.0", "1e400", "123456789012345678901234567890"]
TELLING = [b"\"", b"\\", b"{", b"}", b"[", b"]", b",", b":", b"-", b"0", b"1", b".", b"e", b"+", b" ",
           b"\n", b"\0", b"\x80", b"\xff", b"\xc0", b"\xed", b"u", b"t", b"NaN", b"Infinity", b"\\u0000",
           b"\\ud800", b"\\udc00", b"\\n", b"\\/", b"\xef\xbb\xbf", b"//", b"null", b"true", b"false"]


def random_string(r):
    out = ['"']
    for _ in range(r.choice([0, 1, 2, 3, 8])):
        c = r.choice(CHARACTERS)
        short = {"\"": "\\\"", "\\": "\\\\", "/": "\\/", "\n": "\\n"}
        unit = c.encode("utf-16-be").hex()
        escaped = "".join("\\u" + unit[i:i + 4] for i in range(0, len(unit), 4))
        must = c < " " or c in "\"\\"
        how = r.random()
        if c in short and how < 0.6 and (must or how < 0.2):
            out.append(short[c])
        elif must or how < 0.2:
            out.append(escaped.upper().replace("\\U", "\\u") if r.random() < 0.3 else escaped)
        else:
            out.append(c)
    return "".join(out) + '"'


def random_value(r, depth, loose):
    space = lambda: r.choice(SPACES) if loose else ""
    kind = r.random()
    if depth == 0 or kind < 0.4:
        return r.choice([r.choice(NUMBERS), r.choice(NUMBERS[:3]), random_string(r), "true", "null"])
    count = r.choice([0, 1, 1, 2, 3, 5])
    if kind < 0.7:
        items = [space() + random_value(r, depth - 1, loose) + space() for _ in range(count)]
        return "[" + (",".join(items) or space()) + "]"
    items = [space() + random_string(r) + space() + ":" + space() + random_value(r, depth - 1, loose)
             + space() for _ in range(count)]
    return "{" + (",".join(items) or space()) + "}"


def mutated(r, source):
    data = bytearray(source)
    for _ in range(r.choice([1, 1, 2, 4])):
        at = r.randrange(len(data) + 1)
        how = r.randrange(5)
        if how == 0 and data:
            data[at % len(data)] ^= 1 << r.randrange(8)
        elif how == 1:
            data[at:at] = r.choice(TELLING)
        elif how == 2:
            del data[at:at + r.randrange(1, 4)]
        elif how == 3:
            data[at:at] = data[r.randrange(len(data) + 1):][:r.randrange(12)]
        else:
            data[at:at + 1] = r.choice(TELLING)
    return bytes(data)


def edges():
    for depth in (DEPTH_MAX - 1, DEPTH_MAX, DEPTH_MAX + 1, 500):
        yield b"[" * depth + b"]" * depth
        yield b'{"a":' * depth + b"1" + b"}" * depth
    for count in (MEMBERS_MAX, MEMBERS_MAX + 1):
        yield ("{" + ",".join('"%d":0' % i for i in range(count)) + "}").encode()


def texts(corpus, count):
    r = random.Random(8259)
    seeds = [p.read_bytes() for p in sorted(corpus.iterdir()) if p.stat().st_size < 4096]
    yield from seeds
    yield from edges()
    for i in range(count):
        if i % 4 == 0:
            yield mutated(r, r.choice(seeds))
            continue
        source = random_value(r, r.choice([1, 3, 6]), i % 3 != 0).encode("utf-8")
        yield source if i % 4 == 1 else mutated(r, source)


def main():
    program, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 60000
    sources = list(texts(corpus, count))
    run = subprocess.run([program], input=b"".join(s.hex().encode() + b"\n" for s in sources),
                         stdout=subprocess.PIPE, check=True)
    verdicts = run.stdout.split(b"\n")[:-1]
    if len(verdicts) != len(sources):
        sys.exit("%d verdicts for %d texts" % (len(verdicts), len(sources)))
    tally = {}
    for source, got in zip(sources, verdicts):
        want = expected(source)
        tally[want[:1]] = tally.get(want[:1], 0) + 1
        if got != want:
            sys.exit("text: %r\nours: %r\npeer: %r" % (source, got, want))
    if min(tally.get(k, 0) for k in (b"-", b"+", b"=")) < len(sources) // 50:
        sys.exit("the texts are too much alike: %r" % tally)
    print("%d texts, no difference: %r" % (len(sources), tally))


if __name__ == "__main__":
    main()
