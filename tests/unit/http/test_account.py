"""What was signed, and what a revocation would do: the calls and their parameters."""

import base64
import json

from test_api import problem


def signed(place):
    """A grant and two requests under it; the hex of the key."""
    assert place.submit("grant", 8).status == 200
    for seed in ("one", "two"):
        answer = place.submit("request", 2, seed)
        assert answer.status == 200, answer
    request = json.loads(base64.b64decode(answer.json()["entry"]))
    # A request is answered before reads show it.
    assert place.get(f"/v1/entries/{request['index']}/receipt?wait=20000").status == 200
    return base64.b64decode(request["body"]["key"]).hex(), request


def test_a_blast_radius_has_pages(place):
    place.start()
    key, last = signed(place)
    seen = []
    before = ""
    while before is not None:
        page = place.get(f"/v1/blast-radius?kind=key&id={key}&limit=3" +
                         (f"&before={before}" if before else "")).json()
        assert list(page) == ["kind", "id", "signatures", "first", "last", "totals", "endpoints",
                              "list", "next"]
        assert page["kind"] == "key" and page["id"] == key and page["signatures"] >= 4
        assert sum(t["count"] for t in page["totals"]) == page["signatures"]
        seen += [(s["entry"], s["item"]) for s in page["list"]]
        before = page["next"]
    assert seen == sorted(seen, reverse=True) and len(set(seen)) == page["signatures"]
    assert seen[:2] == [(last["index"], 1), (last["index"], 0)]
    one = place.get("/v1/blast-radius?kind=path&id=package&limit=1").json()["list"][0]
    assert list(one) == ["entry", "item", "time", "certificate", "key", "tbs", "path", "signer",
                         "actor", "approvals", "grant", "artifact"]
    assert one["path"] == "package" and one["actor"] == "workload/ci-app"
    assert base64.b64decode(one["key"]).hex() == key and one["artifact"] is None


def test_what_if(place):
    place.start()
    key, last = signed(place)
    answer = place.get(f"/v1/what-if?kind=key&id={key}&effective={last['time']}").json()
    assert list(answer) == ["kind", "id", "effective", "fall", "survive", "paths", "last_good",
                            "list", "next", "notes"]
    assert answer["fall"] == 2 and answer["survive"] >= 2
    assert answer["last_good"]["entry"] < last["index"]
    assert [s["entry"] for s in answer["list"]] == [last["index"]] * 2
    assert any("OpenSSL" in note for note in answer["notes"])


def test_a_story(place):
    place.start()
    key, _ = signed(place)
    whole = place.get(f"/v1/story?kind=key&id={key}").json()
    assert list(whole) == ["kind", "id", "entries", "next"] and whole["next"] is None
    types = [e["type"] for e in whole["entries"]]
    assert "key" in types and "certificate" in types and "request" not in types
    numbers = [e["index"] for e in whole["entries"]]
    assert numbers == sorted(numbers)
    first = place.get(f"/v1/story?kind=key&id={key}&limit=1").json()
    rest = place.get(f"/v1/story?kind=key&id={key}&after={first['next']}").json()
    assert first["entries"] + rest["entries"] == whole["entries"]


def test_what_is_asked_wrongly(place):
    place.start()
    of = "/v1/blast-radius?kind=path&id=x"
    for path in ("/v1/blast-radius", "/v1/blast-radius?kind=key&id=ab", "/v1/blast-radius?id=1",
                 of + "&before=1", of + "&before=1-", of + "&limit=0", of + "&signer=x",
                 "/v1/blast-radius?kind=signer&id=x", "/v1/propagation?kind=key",
                 "/v1/propagation?limit=101", "/v1/revocable?kind=x&id=y",
                 "/v1/what-if?kind=key", "/v1/what-if?kind=person&id=x",
                 "/v1/what-if?kind=path&id=x&effective=-1", "/v1/story?kind=x&id=y",
                 "/v1/story?id=y", "/v1/story?kind=key&id=xyz"):
        problem(place.get(path), 400, "input")
    problem(place.get("/v1/story?kind=certificate&id=9999"), 404, "not-found")
