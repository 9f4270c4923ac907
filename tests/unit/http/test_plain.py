"""What is served without TLS, and timestamps' way through HTTP."""

import os
import subprocess
import socket

from daemon import Client


class Plain(Client):
    def __init__(self, port):
        self.raw = self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.buffer = b""


def started(place, *more):
    place.start("--tsa-listen", "127.0.0.1:0", *more)
    return int(place.wait_message(r"event=listening-plain .*port=(\d+)").group(1))


def published(place, name, data):
    path = place.at("public/" + name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def test_what_is_public_needs_no_tls(place):
    port = started(place)
    crl = "crl/0123456789abcdef/2026q4.crl"
    published(place, crl, b"a list")
    published(place, "distrust/list", b"another")
    with Plain(port) as plain, place.client() as tls:
        for client in (plain, tls):
            answer = client.get("/" + crl)
            assert answer.status == 200 and answer.body == b"a list", answer
            assert answer.headers["content-type"] == "application/pkix-crl"
            assert answer.headers["cache-control"] == "public, max-age=5"
            assert client.get("/" + crl, If_None_Match=answer.headers["etag"]).status == 304
            answer = client.get("/distrust/list")
            assert answer.status == 200 and answer.body == b"another"
            assert answer.headers["content-type"] == "application/octet-stream"
            assert client.get("/log/checkpoint").status == 200
        for path in ("/v1/authority", "/v1/entries", "/metrics", "/healthz"):
            assert plain.get(path).status == 404, path
        assert plain.post("/v1/entries", place.keeper.tell("propose")).status == 404


def test_no_other_file_is_served(place):
    port = started(place)
    names = ("crl/0123456789abcdef/other", "crl/0123456789ABCDEF/2026q4.crl", "crl/x",
             "crl/0123456789abcdef/2026q5.crl", "crl/0123456789abcdef/2026q4.crl/x",
             "distrust/other", "distrust/list/x", "crl/0123456789abcde/2026q4.crl")
    for name in names:
        if not name.endswith("/x") or name == "crl/x":
            published(place, name, b"x")
    with Plain(port) as plain:
        for name in names + ("crl", "distrust"):
            assert plain.get("/" + name).status == 404, name


def failure_of(answer, place):
    """What openssl reads in the response."""
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/timestamp-reply", answer
    with open(place.at("reply"), "wb") as f:
        f.write(answer.body)
    run = subprocess.run(["openssl", "ts", "-reply", "-in", place.at("reply"), "-text"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return run.stdout.decode()


def test_every_timestamp_request_gets_a_response(place):
    port = started(place)
    subprocess.run(["openssl", "ts", "-query", "-digest", "00" * 32, "-sha256", "-cert", "-out",
                    place.at("query")], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "ts", "-query", "-digest", "00" * 20, "-sha1", "-out",
                    place.at("old")], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "ts", "-query", "-digest", "00" * 32, "-sha256", "-tspolicy",
                    "1.2.3.4", "-out", place.at("policy")], check=True, stderr=subprocess.DEVNULL)

    def query(name):
        with open(place.at(name), "rb") as f:
            return f.read()

    with Plain(port) as plain:
        for body, part in ((b"nonsense", "the wrong format"), (b"", "the wrong format"),
                           (query("old"), "unsupported algorithm"),
                           (query("policy"), "policy is not supported"),
                           # This authority has no key for timestamps.
                           (query("query"), "system failure")):
            told = failure_of(plain.post("/tsa", body), place)
            assert "Status: Rejected." in told and part in told, (part, told)
        answer = plain.get("/tsa")
        assert answer.status == 405 and answer.headers["allow"] == "POST"
    with place.client() as tls:
        assert "the wrong format" in failure_of(tls.post("/tsa", b"x"), place)
        metrics = tls.get("/metrics").body.decode()
    assert "sealward_timestamps_total 0\n" in metrics
    assert "sealward_timestamps_rejected_total 6\n" in metrics


def test_one_address_has_its_share_of_timestamps(place):
    port = started(place, "--tsa-rate", "1")
    told = []
    with Plain(port) as plain:
        for _ in range(12):
            told.append(failure_of(plain.post("/tsa", b"x"), place))
    many = [t for t in told if "too many requests" in t]
    assert "too many" not in told[0] and len(many) >= 4, told
