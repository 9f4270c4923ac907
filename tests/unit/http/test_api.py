"""Every call of the API: what it gives, and each way in which it can fail."""

import base64
import hashlib
import json
import os
import subprocess
import threading
import time

from daemon import hex_of


def policy_proposed(place):
    answer = place.submit("propose")
    assert answer.status == 200, answer
    return hex_of(answer.json()["leaf"])


def problem(answer, status, code, part=""):
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json", answer
    body = answer.json()
    assert list(body) == ["type", "title", "status", "detail", "code", "rule", "hint", "entry"]
    assert body["code"] == code and body["status"] == status, body
    assert body["type"].endswith(f"/errors/{code}"), body
    assert part in body["detail"], body
    assert ("retry-after" in answer.headers) == (status == 503)
    return body


def test_the_authority_is_told(place):
    place.start()
    a = place.get("/v1/authority").json()
    assert list(a) == ["authority", "origin", "log_key", "base_url", "arc", "demonstration", "size",
                       "root", "checkpoint", "started", "clock_doubt", "doubt", "rules"]
    assert a["origin"] == "sign.example/log" and a["base_url"] == "https://sign.example"
    assert a["log_key"].startswith("sign.example/log+")
    assert a["started"] and a["demonstration"] and not a["clock_doubt"] and a["doubt"] is None
    assert a["size"] == place.keeper.size() and a["rules"] == 1
    note = base64.b64decode(a["checkpoint"]).decode()
    lines = note.split("\n")
    assert lines[0] == "sign.example/log" and int(lines[1]) == a["size"] and lines[2] == a["root"]


def test_an_entry_is_admitted_and_shown_at_once(place):
    place.start()
    answer = place.submit("propose")
    assert answer.status == 200, answer
    admitted = answer.json()
    assert list(admitted) == ["index", "entry", "leaf", "results"] and admitted["results"] == []
    entry = base64.b64decode(admitted["entry"])
    leaf = hashlib.sha256(b"\0" + entry).digest()
    assert base64.b64decode(admitted["leaf"]) == leaf
    for name in (admitted["index"], leaf.hex()):
        shown = place.get(f"/v1/entries/{name}").json()
        assert list(shown) == ["index", "time", "type", "leaf", "description", "entry"]
        assert shown["entry"] == admitted["entry"] and shown["type"] == "proposal"
        assert shown["index"] == admitted["index"]
    subject = place.get(f"/v1/subjects/{leaf.hex()}").json()
    assert subject["state"] == "waiting" and subject["kind"] == "policy"
    assert subject["approvals"] == 0 and subject["needed"] == 2
    subjects = place.get("/v1/subjects").json()["subjects"]
    assert [s["leaf"] for s in subjects] == [admitted["leaf"]]


def test_two_approvals_carry_a_policy(place):
    place.start()
    before = place.get("/v1/policy").json()["objects"]
    leaf = policy_proposed(place)
    for officer in ("officer-1", "officer-3"):
        assert place.submit("approve", leaf, officer).status == 200
    after = place.get("/v1/policy").json()["objects"]
    limits = [o for o in after if o["kind"] == "limits"][0]
    assert limits != [o for o in before if o["kind"] == "limits"][0]
    assert place.get(f"/v1/subjects/{leaf}").json()["state"] == "done"


def test_a_refusal_names_its_rule_and_is_kept(place):
    place.start()
    leaf = policy_proposed(place)
    answer = place.submit("approve", leaf, "release-engineer")
    body = problem(answer, 403, "refused")
    assert body["rule"] and body["entry"] is None
    assert body["type"] == "https://sign.example/errors/refused"
    end = time.monotonic() + 10
    refusals = []
    while not refusals and time.monotonic() < end:
        refusals = place.get("/v1/refusals").json()["refusals"]
    assert list(refusals[0]) == ["id", "time", "actor", "rule", "message"]
    assert refusals[0]["actor"] == "person/release-engineer"
    assert refusals[0]["rule"] == body["rule"] and refusals[0]["message"] == body["detail"]
    assert abs(refusals[0]["time"] / 1000 - time.time()) < 60
    below = place.get(f"/v1/refusals?before={refusals[0]['id']}&limit=5").json()["refusals"]
    assert below == []


def test_evidence_that_does_not_hold_is_401(place):
    place.start()
    text = place.keeper.tell("propose")
    submission = json.loads(text)
    signature = submission["body"]["evidence"]["signature"]
    changed = signature[:200] + ("A" if signature[200] != "A" else "B") + signature[201:]
    problem(place.post("/v1/entries", text.replace(signature, changed)), 401, "auth")
    # What was not altered is still taken.
    assert place.post("/v1/entries", text).status == 200


def test_requests_are_signed_and_signed_again(place):
    place.start()
    assert place.submit("grant", 4).status == 200
    text = place.keeper.tell("request", 3, "first")
    admitted = place.post("/v1/entries", text).json()
    assert [r["item"] for r in admitted["results"]] == [0, 1, 2]
    assert base64.b64decode(admitted["results"][0]["signature"]) == b"no real signature"
    body = problem(place.post("/v1/entries", text), 409, "conflict")
    assert body["rule"] == "request.repeated" and body["entry"] == admitted["index"]
    again = place.post("/v1/again", json.dumps({"entry": body["entry"], "item": 2},
                                               separators=(",", ":")))
    assert again.status == 200, again
    assert again.json() == {"signature": admitted["results"][2]["signature"], "extra": None}
    problem(place.post("/v1/again", '{"entry":99999,"item":0}'), 404, "not-found")
    problem(place.post("/v1/again", '{"entry":1,"item":256}'), 400, "input", "item")
    # The fourth digest is the last.
    assert place.submit("request", 1, "second").status == 200
    problem(place.submit("request", 1, "third"), 403, "refused")


def test_entries_are_listed_newest_first(place):
    place.start()
    size = place.keeper.size()
    entries = place.get("/v1/entries").json()["entries"]
    assert [e["index"] for e in entries] == list(range(size - 1, -1, -1))
    assert list(entries[0]) == ["index", "time", "type", "leaf", "description"]
    assert entries[-1]["type"] == "genesis" and entries[-1]["description"]
    page = place.get(f"/v1/entries?before={size - 2}&limit=2").json()["entries"]
    assert [e["index"] for e in page] == [size - 3, size - 4]
    proposals = place.get("/v1/entries?type=proposal").json()["entries"]
    assert proposals and all(e["type"] == "proposal" for e in proposals)
    assert place.get("/v1/entries?type=none").json() == {"entries": []}
    problem(place.get("/v1/entries?limit=0"), 400, "input", "limit")
    problem(place.get("/v1/entries?limit=1001"), 400, "input", "limit")
    problem(place.get("/v1/entries?before=x"), 400, "input", "before")
    problem(place.get("/v1/entries/x"), 400, "input")
    problem(place.get("/v1/entries/100000"), 404, "not-found")
    problem(place.get("/v1/entries/" + "0" * 64), 404, "not-found")
    problem(place.get("/v1/entries/" + "G" * 64), 400, "input")


def test_entries_are_found_by_their_marks(place):
    place.start()
    grant = place.submit("grant", 4).json()
    assert place.post("/v1/entries", place.keeper.tell("request", 2, "x")).status == 200
    tbs = hashlib.sha256(b"x-1").hexdigest()
    found = place.get(f"/v1/search?kind=tbs&key={tbs}").json()["entries"]
    assert len(found) == 1 and found[0]["type"] == "request" and found[0]["item"] == 1
    app = hashlib.sha256(b"app").hexdigest()
    found = place.get(f"/v1/search?kind=artifact&key={app}").json()["entries"]
    assert [f["index"] for f in found] == [grant["index"]]
    by_grant = place.get(f"/v1/search?kind=grant&key={hex_of(grant['leaf'])}").json()["entries"]
    assert [f["type"] for f in by_grant] == ["request"]
    for kind, key in (("person", "release-engineer"), ("workload", "ci-app"), ("path", "package")):
        found = place.get(f"/v1/search?kind={kind}&key={key.encode().hex()}&limit=1")
        assert len(found.json()["entries"]) == 1, (kind, found)
        index = found.json()["entries"][0]["index"]
        below = place.get(f"/v1/search?kind={kind}&key={key.encode().hex()}&before={index}")
        assert all(e["index"] < index for e in below.json()["entries"])
    assert place.get("/v1/search?kind=key&key=00").json() == {"entries": []}
    problem(place.get("/v1/search?kind=none&key=00"), 400, "input", "none")
    problem(place.get("/v1/search?kind=key"), 400, "input", "key")
    problem(place.get("/v1/search?kind=key&key=0"), 400, "input")
    problem(place.get("/v1/search?kind=key&key=0G"), 400, "input")
    problem(place.get("/v1/search?kind=key&key=" + "00" * 256), 400, "input")


def test_receipts_prove_their_entry(place):
    place.start()
    index = place.submit("propose").json()["index"]
    answer = place.get(f"/v1/entries/{index}/receipt?wait=10000")
    assert answer.status == 200, answer
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.body.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[2] == f"index {index}"
    end = lines.index("")
    hashes = [base64.b64decode(h) for h in lines[3:end]]
    size, root = int(lines[end + 2]), base64.b64decode(lines[end + 3])
    at, last = index, size - 1
    value = hashlib.sha256(b"\0" + base64.b64decode(lines[1].split(" ")[1])).digest()
    for h in hashes:
        if at & 1 or at == last:
            value = hashlib.sha256(b"\1" + h + value).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            value = hashlib.sha256(b"\1" + value + h).digest()
        at, last = at >> 1, last >> 1
    assert value == root and last == 0


def test_a_receipt_waits_for_its_checkpoint(place):
    place.start()
    place.keeper.tell("seal", "off")
    index = place.submit("propose").json()["index"]
    problem(place.get(f"/v1/entries/{index}/receipt"), 503, "state", "covers")
    begin = time.monotonic()
    problem(place.get(f"/v1/entries/{index}/receipt?wait=300"), 503, "state", "covers")
    assert 0.25 < time.monotonic() - begin < 5
    timer = threading.Timer(0.3, place.keeper.tell, ("seal", "on"))
    timer.start()
    answer = place.get(f"/v1/entries/{index}/receipt?wait=20000")
    timer.join()
    assert answer.status == 200 and time.monotonic() - begin < 10
    problem(place.get("/v1/entries/99999/receipt?wait=100"), 404, "not-found")
    problem(place.get("/v1/entries/1/receipt?wait=30001"), 400, "input", "wait")


def test_a_subject_is_awaited(place):
    place.start()
    leaf = policy_proposed(place)
    begin = time.monotonic()
    same = place.get(f"/v1/subjects/{leaf}?wait=300")
    assert same.status == 200 and 0.25 < time.monotonic() - begin < 5
    timer = threading.Timer(0.3, place.submit, ("approve", leaf, "officer-1"))
    timer.start()
    changed = place.get(f"/v1/subjects/{leaf}?wait=20000")
    timer.join()
    assert changed.json()["approvals"] == 1 and time.monotonic() - begin < 10
    # What changed before the call came in shows as well, if the call says what it has seen.
    late = place.get(f"/v1/subjects/{leaf}?wait=20000&seen=waiting-0")
    assert late.json()["approvals"] == 1 and time.monotonic() - begin < 10
    problem(place.get("/v1/subjects/" + "0" * 64 + "?wait=100"), 404, "not-found")
    problem(place.get("/v1/subjects/zz"), 400, "input")


def test_many_wait_for_one_subject(place):
    place.start()
    leaf = policy_proposed(place)
    answers = []
    threads = [threading.Thread(
        target=lambda: answers.append(place.get(f"/v1/subjects/{leaf}?wait=20000")))
        for _ in range(60)]
    for t in threads:
        t.start()
    time.sleep(0.5)
    begin = time.monotonic()
    # Waiting calls hold no thread: others are answered meanwhile.
    assert place.get("/v1/authority").status == 200 and time.monotonic() - begin < 2
    assert place.submit("reject", leaf, "officer-1").status == 200
    for t in threads:
        t.join()
    assert len(answers) == 60 and all(a.json()["state"] == "rejected" for a in answers)
    assert time.monotonic() - begin < 10


def test_many_ask_for_the_inventory_at_once(place):
    place.start()
    answers = []
    threads = [threading.Thread(
        target=lambda: answers.append(place.get("/v1/inventory?limit=10").json()))
        for _ in range(24)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(answers) == 24 and all(a == answers[0] and a["keys"] for a in answers)


def some(place, whole):
    key = next(k for k in whole["keys"] if k["signer"] == "package")
    digits = base64.b64decode(key["id"]).hex()
    for query in ("id=" + digits, "id=" + digits[:9], "signer=package"):
        found = place.get("/v1/keys?" + query).json()
        assert list(found) == ["keys", "certificates", "suspensions", "next"]
        assert found["keys"] == [key] and found["next"] is None
    first = place.get("/v1/keys?limit=1").json()
    second = place.get("/v1/keys?limit=1&from=" + first["next"]).json()
    assert first["keys"] + second["keys"] == whole["keys"] and second["next"] is None
    assert place.get("/v1/keys?path=package").json() == {
        "keys": [], "certificates": [], "suspensions": [], "next": None}
    for query in ("id=nothex", "id=" + 65 * "a", "from=ab", "limit=0", "limit=257", "other=1"):
        problem(place.get("/v1/keys?" + query), 400, "input")
    page = place.get("/v1/certificates").json()
    assert list(page) == ["certificates", "roots", "next"] and page["roots"] == whole["roots"]
    assert [c["number"] for c in page["certificates"]] == [
        c["number"] for c in whole["certificates"]]


def test_keys_and_signers_are_told(place):
    place.start()
    keys = place.get("/v1/keys").json()
    assert list(keys) == ["keys", "certificates", "suspensions", "roots"]
    assert len(keys["keys"]) == 2 and len(keys["roots"]) == 1
    some(place, keys)
    signer = place.get("/v1/signers/package").json()
    assert signer["signer"] == "package" and len(signer["keys"]) == 1
    problem(place.get("/v1/signers/nobody"), 404, "not-found")


def test_names_open_their_hash(place):
    place.start()
    salt = base64.b64encode(b"release-").decode()
    put = f'{{"name":"engineer","salt":"{salt}"}}'
    with place.client() as c:
        problem(c.request("PUT", "/v1/names/officer-1", put), 403, "refused", "hash")
        problem(c.request("PUT", "/v1/names/stranger", put), 404, "not-found")
        problem(c.request("PUT", "/v1/names/release-engineer", '{"name":"x"}'), 400, "input")
        problem(c.get("/v1/names/release-engineer"), 404, "not-found")
        answer = c.request("PUT", "/v1/names/release-engineer", put)
        whole = {"handle": "release-engineer", "name": "engineer", "salt": salt}
        assert answer.json() == whole
        assert c.get("/v1/names").json() == {"names": [whole]}
        assert c.get("/v1/names?after=release-engineer").json() == {"names": []}
        assert c.get("/v1/names/release-engineer").json() == whole
    place.stop()
    place.start(first=False)
    assert place.get("/v1/names").json() == {"names": [whole]}
    # Erased beside a running daemon.
    subprocess.run([place.daemon_program, "--state", place.at("state"), "--forget",
                    "release-engineer"], check=True)
    assert place.get("/v1/names").json() == {"names": []}
    place.stop()
    for name in os.listdir(place.at("state")):
        if name.startswith("kept"):
            with open(os.path.join(place.at("state"), name), "rb") as f:
                assert b"engineer" not in f.read(), name


def test_findings_metrics_health(place):
    place.start()
    assert place.get("/v1/findings").json() == {"findings": []}
    health = place.get("/healthz")
    assert health.json() == {"healthy": True}
    metrics = place.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = metrics.body.decode()
    assert f"sealward_entries {place.keeper.size()}\n" in text
    assert "sealward_keeper_up 1\n" in text and "sealward_healthy 1\n" in text
    assert 'sealward_http_answers_total{route="healthz",class="2xx"}' in text
    for line in text.splitlines():
        assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2, line


def test_paths_and_methods_that_are_not_there(place):
    place.start()
    problem(place.get("/"), 400, "input")
    problem(place.get("/v1"), 404, "not-found")
    problem(place.get("/v1/nothing"), 404, "not-found")
    problem(place.get("/v1/entries/1/receipt/more"), 404, "not-found")
    problem(place.get("/v1/authority?x=1"), 400, "input", "x")
    problem(place.get("/v1/entries?limit=1&limit=2"), 400, "input", "twice")
    problem(place.get("/v1/%65ntries"), 400, "input")
    problem(place.get("/v1/../metrics"), 400, "input")
    problem(place.get("//v1/authority"), 400, "input")
    problem(place.get("/" + "a" * 2000), 400, "input")
    with place.client() as c:
        for method, path, allow in (("DELETE", "/v1/entries", "GET, HEAD, POST"),
                                    ("POST", "/v1/authority", "GET, HEAD"),
                                    ("GET", "/v1/again", "POST"),
                                    ("POST", "/v1/names/x", "GET, HEAD, PUT"),
                                    ("PATCH", "/metrics", "GET, HEAD")):
            answer = c.request(method, path, b"")
            problem(answer, 405, "input")
            assert answer.headers["allow"] == allow
        head = c.request("HEAD", "/v1/authority")
        assert head.status == 200 and int(head.headers["content-length"]) > 100
        assert c.get("/v1/authority").status == 200


def test_submissions_out_of_form(place):
    place.start()
    size = place.keeper.size()
    for body in (b"", b"{}", b"[]", b"nonsense", b'{"type":"grant"}', b'{"type":"grant","body":[]}',
                 b'{"type":"grant","body":{},"more":1}', b'{"body":{},"type":"grant"}',
                 b'{"type":"grant", "body":{}}', b'{"type":"grant","body":{}} ',
                 b'{"type":"grant","type":"grant","body":{}}', b'{"type":"","body":{}}',
                 b'\xff', b'{"type":"\xff","body":{}}', b"{" * 1000,
                 b'{"type":"grant","body":{"x":1.5}}'):
        problem(place.post("/v1/entries", body), 400, "input")
    problem(place.post("/v1/entries", b'{"type":"unheard-of","body":{}}'), 400, "input")
    problem(place.post("/v1/entries", b'{"type":"grant","body":{}}'), 400, "input")
    large = b'{"type":"grant","body":{"x":"' + b"a" * 70000 + b'"}}'
    problem(place.post("/v1/entries", large), 413, "limit")
    problem(place.post("/v1/entries", b"x" * (256 << 10)), 413, "limit")
    problem(place.post("/v1/entries", b"x" * ((256 << 10) + 1)), 413, "limit", "262144")
    assert place.keeper.size() == size
