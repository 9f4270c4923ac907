#!/usr/bin/env python3
"""Compares our DEFLATE decoder with zlib's: packed texts of every level and strategy, whole and
damaged. What zlib takes whole, to its end, we take with the same bytes; what it refuses, we refuse.

usage: inflate_differential.py INFLATE-PROGRAM [COUNT]
"""
import hashlib
import random
import struct
import subprocess
import sys
import zlib

STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED)


def text_make(rng):
    size = rng.choice((0, 1, 10, 300, 5000, 70000))
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(size)
    if kind == 1:
        return bytes([rng.randrange(256)]) * size
    words = [rng.randbytes(rng.randrange(1, 20)) for _ in range(rng.randrange(1, 50))]
    out = b"".join(rng.choice(words) for _ in range(size // 4 + 1))
    return out[:size]


def pack(rng, text):
    packer = zlib.compressobj(rng.randrange(10), zlib.DEFLATED, -rng.randrange(9, 16),
                              rng.randrange(1, 10), rng.choice(STRATEGIES))
    return packer.compress(text) + packer.flush()


def damage(rng, packed):
    data = bytearray(packed)
    for _ in range(rng.randrange(1, 4)):
        if data and rng.randrange(3) > 0:
            data[rng.randrange(min(len(data), 200))] ^= 1 << rng.randrange(8)
        elif data and rng.randrange(2) > 0:
            del data[rng.randrange(len(data)):]
        else:
            data.append(rng.randrange(256))
    return bytes(data)


def unpack(packed):
    """What zlib makes of it; None if it refuses, or stops before the end."""
    unpacker = zlib.decompressobj(-15)
    try:
        out = unpacker.decompress(packed, 1 << 20)
    except zlib.error:
        return None
    return out if unpacker.eof and not unpacker.unused_data else None


def main():
    rng = random.Random(3)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    cases = []
    for i in range(count):
        packed = pack(rng, text_make(rng))
        if i % 2:
            packed = damage(rng, packed)
        want = unpack(packed)
        size = len(want) if want is not None else rng.choice((0, 10, 300, 5000))
        cases.append((size, packed, want))
    stdin = b"".join(struct.pack(">II", size, len(packed)) + packed for size, packed, _ in cases)
    out = subprocess.run([sys.argv[1]], input=stdin, capture_output=True, check=True).stdout
    assert len(out) == 33 * len(cases), len(out)
    for i, (size, packed, want) in enumerate(cases):
        got, digest = out[33 * i], out[33 * i + 1:33 * i + 33]
        if got != (want is not None) or digest != hashlib.sha256(want or b"").digest():
            sys.exit(f"case {i}: we say {got}, zlib {want is not None}: {packed[:400].hex()}")
    good = sum(want is not None for _, _, want in cases)
    print(f"{len(cases)} cases, {good} of them good: no difference")


main()
