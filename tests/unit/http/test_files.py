"""The public files: what stands in them, and how they may be kept."""

import base64
import hashlib
import os
import struct
import threading

FOR_EVER = "public, max-age=31536000, immutable"


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node(root_of(leaves[:split]), root_of(leaves[split:]))


def entries_of(data):
    found = []
    while data:
        (size,) = struct.unpack(">H", data[:2])
        found.append(data[2:2 + size])
        data = data[2 + size:]
    return found


def tile(kind, index, width):
    return f"/log/tile/{kind}/{index:03}" + (f".p/{width}" if width < 256 else "")


def walk(get):
    """Reads the whole log as an outsider does; its size."""
    note = get("/log/checkpoint").decode().split("\n")
    size, root = int(note[1]), base64.b64decode(note[2])
    leaves = []
    for i in range((size + 255) // 256):
        width = min(256, size - 256 * i)
        entries = entries_of(get(tile("entries", i, width)))
        hashes = get(tile(0, i, width))
        made = [hashlib.sha256(b"\0" + e).digest() for e in entries]
        assert len(made) == width and b"".join(made) == hashes
        leaves += made
    assert root_of(leaves) == root
    full = size // 256
    if full > 0:
        above = get(tile(1, 0, full))
        want = [root_of(leaves[256 * i:256 * i + 256]) for i in range(full)]
        assert above == b"".join(want)
    return size


def getter(client):
    def get(path):
        answer = client.get(path)
        assert answer.status == 200, (path, answer)
        return answer.body
    return get


def grow(place, count):
    with place.client() as c:
        for _ in range(count):
            assert c.post("/v1/entries", place.keeper.tell("propose")).status == 200


def test_an_outsider_reads_the_whole_log(place):
    place.start()
    with place.client() as c:
        assert walk(getter(c)) == place.keeper.size()
        authority = c.get("/log/authority.json")
        told = c.get("/v1/authority").json()
        for name in ("authority", "origin", "log_key", "base_url"):
            assert authority.json()[name] == told[name]
        assert authority.body.endswith(b"}\n")


def test_the_log_grows_over_tiles(place):
    place.start()
    seen = []
    stop = threading.Event()

    def read_on():
        # Whoever sees a checkpoint finds all that it covers, at any moment.
        with place.client() as c:
            while not stop.is_set():
                seen.append(walk(getter(c)))

    reader = threading.Thread(target=read_on)
    reader.start()
    grow(place, 800)
    size = place.keeper.size()
    assert place.get(f"/v1/entries/{size - 1}/receipt?wait=20000").status == 200
    stop.set()
    reader.join()
    assert seen == sorted(seen) and len(set(seen)) > 5
    with place.client() as c:
        assert walk(getter(c)) == size
    # The partial tiles of what has long been full are gone.
    folder = place.at("public/log/tile/0")
    assert not os.path.exists(os.path.join(folder, "000.p"))
    assert os.path.exists(os.path.join(folder, "000"))
    assert not os.path.exists(place.at("public/log/tile/entries/000.p"))
    # A receipt from an old tile holds still.
    assert place.get("/v1/entries/3/receipt").status == 200


def test_caching(place):
    place.start()
    size = place.keeper.size()
    with place.client() as c:
        first = c.get("/log/checkpoint")
        assert first.headers["content-type"] == "text/plain; charset=utf-8"
        assert first.headers["cache-control"] == "public, max-age=5"
        etag, modified = first.headers["etag"], first.headers["last-modified"]
        for headers in ({"If_None_Match": etag}, {"If_None_Match": f'"x", {etag}'},
                        {"If_None_Match": "W/" + etag}, {"If_None_Match": "*"},
                        {"If_Modified_Since": modified}):
            same = c.get("/log/checkpoint", **headers)
            assert same.status == 304 and same.body == b"" and same.headers["etag"] == etag, same
        for headers in ({"If_None_Match": '"x"'},
                        {"If_None_Match": '"x"', "If_Modified_Since": modified},
                        {"If_Modified_Since": "Sun, 06 Nov 1994 08:49:37 GMT"}):
            assert c.get("/log/checkpoint", **headers).body == first.body
        head = c.request("HEAD", "/log/checkpoint")
        assert head.status == 200 and head.headers["etag"] == etag
        for path in (tile(0, 0, size), tile("entries", 0, size)):
            answer = c.get(path)
            assert answer.headers["cache-control"] == FOR_EVER
            assert answer.headers["content-type"] == "application/octet-stream"
            assert c.get(path, If_None_Match=answer.headers["etag"]).status == 304
        grow(place, 1)
        assert c.get(f"/v1/entries/{size}/receipt?wait=20000").status == 200
        newer = c.get("/log/checkpoint", If_None_Match=etag)
        assert newer.status == 200 and newer.headers["etag"] != etag


def test_nothing_but_the_log_is_served(place):
    place.start()
    with open(place.at("public/log/other"), "w", encoding="ascii") as f:
        f.write("x")
    with open(place.at("public/secret"), "w", encoding="ascii") as f:
        f.write("x")
    with place.client() as c:
        for path in ("/log", "/log/other", "/log/tile", "/log/tile/0", "/log/tile/entries",
                     "/log/tile/0/0", "/log/tile/0/0000", "/log/tile/0/x01/000", "/log/tile/00/000",
                     "/log/tile/0/000.p", "/log/tile/0/000.p/1/2", "/log/tile/0/000.q/1",
                     "/log/tile/0/x000", "/log/tile/a/000", "/log/checkpoint/x", "/log/tile/0/123",
                     "/log/tile/0/000.p/256", "/log/checkpoint.AbCdEf"):
            assert c.get(path).status == 404, path
        for path in ("/log/../secret", "/log/tile/0/..", "/log/.hidden", "/log//checkpoint",
                     "/log/%63heckpoint"):
            assert c.get(path).status == 400, path


def test_files_that_were_edited_or_lost_are_made_anew(place):
    place.start()
    grow(place, 300)
    size = place.keeper.size()
    assert place.get(f"/v1/entries/{size - 1}/receipt?wait=20000").status == 200
    place.stop()
    log = place.at("public/log")
    width = size - 256
    os.remove(f"{log}/tile/0/000")
    os.remove(f"{log}/authority.json")
    os.remove(f"{log}/tile/1/000.p/1")
    with open(f"{log}/tile/entries/000", "r+b") as f:
        f.seek(1000)
        f.write(b"edited")
    with open(f"{log}/tile/0/001.p/{width}", "ab") as f:
        f.write(b"longer")
    place.start(first=False)
    with place.client() as c:
        assert walk(getter(c)) == size
        assert c.get("/log/authority.json").status == 200


def test_a_receipt_is_not_made_from_an_edited_tile(place):
    place.start()
    size = place.keeper.size()
    path = place.at(f"public/log/tile/0/000.p/{size}")
    with open(path, "r+b") as f:
        f.write(b"\0" * 32)
    answer = place.get("/v1/entries/5/receipt")
    assert answer.status == 500 and answer.json()["code"] == "damaged", answer
    place.wait_message("event=call-failed code=damaged")


def test_publishing_that_fails_is_tried_again(place):
    place.start()
    tiles = place.at("public/log/tile")
    os.rename(tiles, tiles + ".away")
    with open(tiles, "w", encoding="ascii") as f:
        f.write("in the way")
    before = place.get("/log/checkpoint").body
    size = place.keeper.size()
    grow(place, 1)
    answer = place.wait_health(503, "the public files")
    assert answer.json()["code"] == "state"
    # What the record says is still told, and what is published is still whole.
    assert place.get(f"/v1/entries/{size}").status == 200
    assert place.get("/log/checkpoint").body == before
    os.remove(tiles)
    os.rename(tiles + ".away", tiles)
    place.wait_health(200)
    with place.client() as c:
        assert walk(getter(c)) == size + 1
    assert place.read_messages().count("event=publishing-failed") == 1
