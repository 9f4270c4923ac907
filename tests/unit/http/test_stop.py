"""Starting and stopping: what was admitted is answered, and nothing is half open."""

import os
import signal
import subprocess
import threading
import time


def ask_in_background(place, path, body=None):
    answers = []

    def ask():
        try:
            answers.append(place.post(path, body) if body else place.get(path))
        except OSError as e:
            answers.append(e)

    thread = threading.Thread(target=ask)
    thread.start()
    return answers, thread


def wait_for_active(place, count):
    end = time.monotonic() + 10
    while f"sealward_http_active {count + 1}\n" not in place.get("/metrics").body.decode():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_was_admitted_is_answered(place):
    place.start()
    place.keeper.tell("hold")
    text = place.keeper.tell("propose")
    size = place.keeper.size()
    answers, thread = ask_in_background(place, "/v1/entries", text)
    wait_for_active(place, 1)
    idle = place.client()
    place.daemon.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert place.daemon.poll() is None and not answers
    try:
        place.get("/healthz")
        raise AssertionError("a stopping daemon took a connection")
    except OSError:
        pass
    # A connection that was there is told so.
    late = idle.get("/v1/authority")
    assert late.status == 503 and late.headers["connection"].lower() == "close"
    assert "shutting down" in late.json()["detail"]
    place.keeper.tell("release")
    thread.join()
    assert answers[0].status == 200 and answers[0].json()["index"] == size, answers
    assert place.daemon.wait(10) == 0
    assert "all-answered=yes" in place.read_messages()
    place.stop()


def test_a_keeper_that_never_answers_does_not_stop_the_stop(place):
    place.start()
    place.keeper.tell("hold")
    answers, thread = ask_in_background(place, "/v1/entries", place.keeper.tell("propose"))
    wait_for_active(place, 1)
    begin = time.monotonic()
    place.stop()
    thread.join()
    assert 25 < time.monotonic() - begin < 45
    assert answers[0].status == 503 and "went away" in answers[0].json()["detail"]
    assert "all-answered=no" in place.read_messages()


def test_waiting_calls_are_answered_at_once(place):
    place.start()
    leaf = place.submit("propose").json()
    import base64
    key = base64.b64decode(leaf["leaf"]).hex()
    waiting = [ask_in_background(place, f"/v1/subjects/{key}?wait=30000") for _ in range(20)]
    wait_for_active(place, 20)
    begin = time.monotonic()
    place.stop()
    assert time.monotonic() - begin < 5
    for answers, thread in waiting:
        thread.join()
        assert answers[0].status == 200, answers


def test_interrupt_ends_as_well(place):
    place.start()
    place.daemon.send_signal(signal.SIGINT)
    assert place.daemon.wait(10) == 0
    place.stop()


def test_killed_and_started_again(place):
    place.start()
    for _ in range(5):
        assert place.submit("propose").status == 200
        place.daemon.kill()
        place.daemon.wait()
        place.start(first=False)
    size = place.keeper.size()
    assert place.get("/v1/authority").json()["size"] == size
    assert place.get(f"/v1/entries/{size - 1}/receipt?wait=20000").status == 200


def ended(place, *arguments):
    done = subprocess.run([place.daemon_program, *arguments], capture_output=True, text=True,
                          timeout=30)
    return done.returncode, done.stderr + done.stdout


def with_option(place, name, value):
    arguments = place.arguments("--first")[1:]
    arguments[arguments.index(name) + 1] = value
    return arguments


def test_options(place):
    code, text = ended(place, "--help")
    assert code == 0 and "--keeper" in text
    code, text = ended(place, "--version")
    assert code == 0 and text.startswith("sealwardd ")
    for arguments, part in (([], "--state"), (["--state", "x"], "--keeper"), (["--nonsense"], "option"),
                            (["--state"], "value"), (["--threads", "0"], "at least 1"),
                            (["--threads", "65"], "--threads"), (["--connections", "x"], "--conn")):
        code, text = ended(place, *arguments)
        assert code == 2 and part in text and "level=error" in text, (arguments, text)


def test_starts_that_cannot_be(place):
    os.chmod(place.at("tls.key"), 0o640)
    code, text = ended(place, *place.arguments("--first")[1:])
    assert code == 1 and "TLS key" in text, text
    os.chmod(place.at("tls.key"), 0o600)
    for name, value, part in (("--tls-key", place.at("none"), "none"),
                              ("--tls-cert", place.at("none"), "none"),
                              ("--tls-cert", place.at("tls.key"), "certificate"),
                              ("--listen", "localhost:0", "address"),
                              ("--listen", "127.0.0.1", "ADDRESS:PORT"),
                              ("--listen", "127.0.0.1:99999", "ADDRESS:PORT"),
                              ("--listen", ":1", "ADDRESS:PORT"),
                              ("--state", place.at("tls.pem") + "/x", "tls.pem"),
                              ("--public", place.at("tls.pem") + "/x", "tls.pem")):
        code, text = ended(place, *with_option(place, name, value))
        assert code == 1 and part in text and "event=ended" in text, (name, value, text)
    place.start()
    code, text = ended(place, *with_option(place, "--listen", f"127.0.0.1:{place.port}"))
    assert code == 1 and "cannot listen" in text
    code, text = ended(place, "--state", place.at("nowhere"), "--forget", "x")
    assert code == 1 and "no names" in text


def test_an_address_of_six_bytes_pairs(place):
    arguments = with_option(place, "--listen", "[::1]:0")
    place.messages = open(place.at("messages"), "ab")
    place.daemon = subprocess.Popen([place.daemon_program, *arguments], stderr=place.messages)
    place.wait_message("event=listening")


def test_messages_are_one_line_each(place):
    place.start("--verbose")
    with place.client() as c:
        c.get("/healthz")
        c.request("GET", "/v1/entries?type=a%0Ab")
    place.stop()
    for line in place.read_messages().splitlines():
        assert line.startswith("time=") and " level=" in line and " event=" in line, line
    assert "event=answered" in place.read_messages()
