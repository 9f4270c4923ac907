"""Clients that send too much, too slowly, too often, or what is no HTTP."""

import socket
import ssl
import threading
import time

from daemon import Client, context


def test_a_body_of_ten_megabytes_is_refused(place):
    place.start()
    with place.client() as c:
        answer = c.post("/v1/entries", b"x" * (10 << 20))
        assert answer.status == 413 and answer.json()["code"] == "limit"
        # The connection is still good.
        assert c.get("/healthz").status == 200
    with place.client() as c:
        c.send(b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(160):
            c.send(chunk)
        c.send(b"0\r\n\r\n")
        assert c.answer().status == 413
    with place.client() as c:
        # A call that takes no body is answered all the same.
        assert c.request("GET", "/healthz", b"x" * 1000).status == 200


def test_an_endless_body_ends_its_connection(place):
    place.start()
    with place.client() as c:
        sent = 0
        try:
            c.send(b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n")
            while sent < 512 << 20:
                c.send(b"x" * (1 << 20))
                sent += 1 << 20
        except OSError:
            pass
        assert sent < 128 << 20, sent
    assert place.get("/healthz").status == 200


def dribble(place, first, rest, seconds):
    """Sends a byte every second; when the connection ends, in seconds."""
    with place.client(timeout=5) as c:
        begin = time.monotonic()
        c.send(first)
        while time.monotonic() - begin < seconds:
            try:
                c.send(rest)
                c.socket.settimeout(1)
                if c.socket.recv(1000) == b"":
                    break
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except OSError:
                break
        return time.monotonic() - begin


def silent(place, seconds):
    with place.client(timeout=seconds) as c:
        begin = time.monotonic()
        try:
            c.socket.recv(1)
        except OSError:
            pass
        return time.monotonic() - begin


def bare(place, seconds):
    """A connection that never begins its handshake."""
    with socket.create_connection(("127.0.0.1", place.port), seconds) as s:
        begin = time.monotonic()
        try:
            s.recv(1)
        except OSError:
            pass
        return time.monotonic() - begin


def test_slow_clients_lose_their_connection(place):
    place.start()
    took = {}
    ways = {
        "body": lambda: dribble(place, b"POST /v1/entries HTTP/1.1\r\nHost: x\r\n"
                                       b"Content-Length: 1000\r\n\r\n", b"x", 60),
        "header": lambda: dribble(place, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", b"x", 60),
        "silent": lambda: silent(place, 60),
        "bare": lambda: bare(place, 60),
    }
    threads = [threading.Thread(target=lambda n=name, w=way: took.__setitem__(n, w()))
               for name, way in ways.items()]
    for t in threads:
        t.start()
    # Others are served all the while.
    for _ in range(20):
        assert place.get("/healthz").status == 200
        time.sleep(0.05)
    for t in threads:
        t.join()
    for name, seconds in took.items():
        assert 25 < seconds < 50, took


def test_too_many_connections(place):
    place.start("--connections", "8", "--connections-per-address", "4", "--threads", "2")
    kept = []
    refused = 0
    for _ in range(10):
        try:
            c = Client(place.port, 3)
            kept.append(c)
            assert c.get("/healthz").status == 200
        except OSError:
            refused += 1
    assert refused >= 6, refused
    for c in kept:
        c.close()
    place.wait_health(200)


def test_connections_come_and_go(place):
    place.start("--connections", "16", "--connections-per-address", "16")
    for _ in range(100):
        assert place.get("/healthz").status == 200
    end = time.monotonic() + 10
    while time.monotonic() < end:
        metrics = place.get("/metrics").body.decode()
        if "sealward_http_connections 1\n" in metrics:
            break
    assert "sealward_http_connections 1\n" in metrics
    assert "sealward_http_active 1\n" in metrics


def raw(place, data):
    """Everything that comes back for these bytes."""
    with place.client(timeout=5) as c:
        c.send(data)
        got = b""
        try:
            while True:
                more = c.socket.recv(65536)
                if not more:
                    break
                got += more
                if b"\r\n\r\n" in got and not got.startswith(b"HTTP/1.1 1"):
                    break
        except OSError:
            pass
        return got


def test_what_is_no_request(place):
    place.start()
    assert raw(place, b"nonsense\r\n\r\n")[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.0 400")
    assert b" 400 " in raw(place, b"GET /healthz HTTP/1.1\r\n\r\n")  # no Host
    big = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000 + b"\r\n\r\n"
    assert raw(place, big)[9:12] in (b"431", b"413", b"414")
    assert raw(place, b"GET " + b"/a" * 30000 + b" HTTP/1.1\r\n\r\n")[9:12] in (b"414", b"431")
    many = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5000 + b"\r\n"
    assert raw(place, many)[9:12] in (b"431", b"413")
    for data in (b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
                 b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: other\r\n\r\n"):
        assert b" 400 " in raw(place, data) or b" 501 " in raw(place, data) or \
            raw(place, data) == b"", raw(place, data)
    assert b" 400 " in raw(place, b"GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b" 4" in raw(place, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
    assert place.get("/healthz").status == 200


def test_requests_that_are_cut(place):
    place.start()
    size = place.keeper.size()
    whole = place.keeper.tell("propose").encode()
    request = (b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(whole)
               + whole)
    for end in (1, 10, 40, 60, 80, 200, len(request) - 1):
        c = place.client()
        c.send(request[:end])
        c.raw.close() if end % 2 else c.close()
    assert place.get("/healthz").status == 200
    assert place.keeper.size() == size
    with place.client() as c:
        c.send(request)
        assert c.answer().status == 200


def test_pipelined_and_kept_alive(place):
    place.start()
    with place.client() as c:
        c.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
        for _ in range(10):
            assert c.answer().status == 200
        for i in range(200):
            assert c.get("/v1/authority").status == 200


def test_http_1_0_and_close(place):
    place.start()
    with place.client() as c:
        answer = c.request("GET", "/healthz", version="HTTP/1.0")
        assert answer.status == 200 and c.socket.recv(10) == b""
    with place.client() as c:
        assert c.get("/healthz", Connection="close").status == 200
        assert c.socket.recv(10) == b""


def test_expect_continue(place):
    place.start()
    body = place.keeper.tell("propose").encode()
    with place.client() as c:
        c.send(b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
               b"Content-Length: %d\r\n\r\n" % len(body))
        assert c.line().startswith("HTTP/1.1 100") and c.line() == ""
        c.send(body)
        assert c.answer().status == 200


def test_tls_1_3_alone(place):
    place.start()
    old = context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        Client(place.port, 5, old)
        raise AssertionError("TLS 1.2 was spoken")
    except ssl.SSLError:
        pass
    with place.client() as c:
        assert c.socket.version() == "TLSv1.3"
    with socket.create_connection(("127.0.0.1", place.port), 5) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            assert not s.recv(100).startswith(b"HTTP")
        except OSError:
            pass
