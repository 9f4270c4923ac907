"""The daemon and its keeper: one that goes away, one that lies, an index that is lost."""

import os
import subprocess
import threading
import time

from daemon import Keeper, hex_of


def code_of(answer):
    return answer.status, answer.json()["code"]


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to that")


def test_reads_go_on_while_the_keeper_is_away(place):
    place.start()
    size = place.keeper.size()
    place.keeper.tell("away")
    answer = place.wait_health(503)
    assert answer.json()["code"] == "state" and "keeper" in answer.json()["detail"]
    assert place.get("/v1/authority").json()["started"] is False
    assert len(place.get("/v1/entries").json()["entries"]) == size
    refused = place.post("/v1/entries", place.keeper.tell("propose"))
    assert code_of(refused) == (503, "state") and refused.headers["retry-after"] == "1"
    place.keeper.tell("back")
    place.wait_health(200)
    assert place.submit("propose").status == 200
    assert place.read_messages().count("event=keeper-away") == 1


def test_the_daemon_waits_for_a_keeper(place):
    place.keeper.tell("away")
    place.start(ready=False)
    assert code_of(place.get("/v1/authority")) == (503, "state")
    assert code_of(place.post("/v1/entries", place.keeper.tell("propose"))) == (503, "state")
    assert place.get("/log/checkpoint").status == 404
    place.keeper.tell("back")
    place.wait_health(200)


def test_what_was_in_flight_fails_and_can_be_had_again(place):
    place.start()
    assert place.submit("grant", 4).status == 200
    text = place.keeper.tell("request", 1, "x")
    place.keeper.tell("hold")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(place.post("/v1/entries", text)))
    size = place.keeper.size()
    thread.start()
    wait_for(lambda: place.keeper.size() == size + 1)
    place.keeper.tell("drop")
    thread.join()
    assert code_of(answers[0]) == (503, "state")
    assert answers[0].json()["detail"] == "the keeper went away; ask again"
    place.keeper.tell("release")
    place.wait_health(200)
    repeated = place.post("/v1/entries", text)
    assert code_of(repeated) == (409, "conflict")
    body = repeated.json()
    assert body["rule"] == "request.repeated" and body["entry"] == size
    assert place.post("/v1/again", f'{{"entry":{size},"item":0}}').status == 200


def test_the_keepers_own_entries_are_followed(place):
    place.start()
    place.keeper.tell("own")
    size = place.keeper.size()
    wait_for(lambda: place.get("/v1/authority").json()["size"] == size)
    assert place.get(f"/v1/entries/{size - 1}").json()["type"] == "start"


def test_lies_are_noticed(place):
    """Whatever the keeper says that does not fit stops the daemon, until an operator has looked."""
    cases = (("root", "drop", "another root"), ("digest", "drop", "another digest"),
             ("size", "drop", "and had"), ("note", "own", "another root"),
             ("entry", "own", "another digest"))
    for lie, then, said in cases:
        place.start(first=lie == "root")
        checkpoint = place.get("/log/checkpoint").body
        place.keeper.tell("lie", lie)
        place.keeper.tell(then)
        answer = place.wait_health_for_difference()
        assert said in answer.json()["detail"], (lie, answer)
        assert code_of(place.get("/v1/authority")) == (503, "state")
        assert code_of(place.get("/v1/policy")) == (503, "state")
        assert code_of(place.post("/v1/entries", place.keeper.tell("propose"))) == (503, "state")
        assert place.get("/log/checkpoint").body == checkpoint
        place.keeper.tell("own")
        time.sleep(0.3)
        assert place.get("/log/checkpoint").body == checkpoint
        assert "event=differs-from-keeper" in place.read_messages()
        place.stop()
    # With a keeper that tells the truth it goes on.
    place.start(first=False)
    assert place.get("/v1/authority").json()["size"] == place.keeper.size()


def test_an_entry_with_another_time_shows_at_the_checkpoint(place):
    place.start()
    place.keeper.tell("lie", "entry")
    place.submit("propose")
    answer = place.wait_health_for_difference()
    assert "another root" in answer.json()["detail"]


def test_garbage_ends_the_connection_only(place):
    place.start()
    place.keeper.tell("lie", "garbage")
    assert place.submit("propose").status == 503
    place.wait_message("event=keeper-away")
    place.wait_health(200)


def test_a_first_start_needs_the_operators_word(place):
    place.start(first=False, ready=False)
    answer = place.wait_health(503, "the public files have none")
    assert "--first" in answer.json()["hint"]
    place.stop()
    place.start(first=True)
    place.stop()
    # From then on there is one to show.
    place.keeper.tell("drop")
    place.start(first=False)


def test_a_start_that_the_keeper_refuses(place):
    place.start()
    place.stop()
    checkpoint = place.at("public/log/checkpoint")
    with open(checkpoint, encoding="utf-8") as f:
        note = f.read()
    # A keeper whose record is another: it does not know this checkpoint.
    place.keeper.end()
    place.start_keeper()
    place.start(first=False, ready=False)
    place.wait_message("event=start-refused")
    place.wait_health(503, "checkpoint")
    with open(checkpoint, encoding="utf-8") as f:
        assert f.read() == note


def test_another_authoritys_keeper_is_refused(place):
    place.start()
    place.keeper.tell("away")
    other = Keeper(place.keeper_program, place.at("keeper.sock"))
    answer = place.wait_health_for_difference()
    assert "another authority" in answer.json()["detail"]
    other.end()


def grow(place, count):
    with place.client() as c:
        for _ in range(count):
            assert c.post("/v1/entries", place.keeper.tell("propose")).status == 200


def entries(place):
    return place.get("/v1/entries?limit=1000").json()["entries"]


def test_a_lost_index_is_built_anew(place):
    place.start()
    grow(place, 30)
    before = entries(place)
    place.stop()
    for name in os.listdir(place.at("state")):
        if name.startswith("index"):
            os.remove(os.path.join(place.at("state"), name))
    place.start(first=False)
    assert entries(place) == before


def test_a_damaged_index_is_built_anew(place):
    place.start()
    grow(place, 30)
    before = entries(place)
    place.stop()
    with open(place.at("state/index.db"), "r+b") as f:
        f.seek(0)
        f.write(os.urandom(8192))
    place.start(first=False)
    assert entries(place) == before
    assert "event=index-rebuilt" in place.read_messages()


def edit_index(place, sql):
    subprocess.run(["python3", "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
                    "c.execute(sys.argv[2]); c.commit()", place.at("state/index.db"), sql],
                   check=True)


def test_an_edited_index_is_built_anew(place):
    place.start()
    grow(place, 10)
    before = entries(place)
    place.stop()
    for sql in ("UPDATE entries SET bytes = zeroblob(length(bytes)) WHERE number = 5",
                "UPDATE entries SET leaf = zeroblob(32) WHERE number = 7",
                "UPDATE entries SET type = 'grant' WHERE number = 9",
                "INSERT INTO entries SELECT number + 1, time_ms, randomblob(32), type, actor, "
                "subject, summary, bytes FROM entries ORDER BY number DESC LIMIT 1"):
        edit_index(place, sql)
        begin = len(place.read_messages())
        place.start(first=False)
        assert entries(place) == before, sql
        place.wait_message("event=index-rebuilt", begin)
        place.stop()


def test_an_index_that_cannot_be_written_is_tried_again(place):
    place.start()
    size = place.keeper.size()
    # Another process holds the file's lock.
    holder = subprocess.Popen(["python3", "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], "
                               "isolation_level=None); c.execute('BEGIN IMMEDIATE'); print('held', "
                               "flush=True); sys.stdin.read(); c.execute('ROLLBACK')",
                               place.at("state/index.db")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    begin = time.monotonic()
    # It is on record, so it is answered, if late; reads do not show it yet.
    assert place.submit("propose").status == 200
    assert time.monotonic() - begin > 3
    place.wait_health(503, "the index")
    assert place.get(f"/v1/entries/{size}").status == 404
    holder.communicate("")
    place.wait_health(200)
    assert place.get(f"/v1/entries/{size}").status == 200


def test_a_state_folder_of_another_authority(place):
    place.start()
    grow(place, 5)
    place.stop()
    place.keeper.end()
    os.remove(place.at("public/log/checkpoint"))
    place.start_keeper()
    place.start(first=True)
    assert len(entries(place)) == place.keeper.size()
    leaf = place.get("/v1/entries/0").json()["leaf"]
    assert leaf == place.get("/v1/authority").json()["authority"]


def test_an_older_keeper_is_noticed_at_the_start(place):
    """The keeper lost entries that a published checkpoint covers."""
    place.start()
    grow(place, 3)
    size = place.keeper.size()
    assert place.get(f"/v1/entries/{size - 1}/receipt?wait=20000").status == 200
    place.keeper.tell("lie", "size")
    place.keeper.tell("drop")
    place.wait_health_for_difference()


def test_load_from_many_clients(place):
    place.start()
    assert place.submit("grant", 16).status == 200
    texts = [place.keeper.tell("request", 1, f"r{i}") for i in range(16)]
    answers = []

    def ask(text):
        with place.client() as c:
            for _ in range(20):
                answers.append(c.post("/v1/entries", text).status)
                answers.append(c.get("/v1/subjects").status)

    threads = [threading.Thread(target=ask, args=(t,)) for t in texts]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert answers.count(200) == 16 + 16 * 20, answers
    assert answers.count(409) == 16 * 19
    tbs = place.get("/v1/entries?type=request").json()["entries"]
    assert len(tbs) == 16 and len({hex_of(e["leaf"]) for e in tbs}) == 16
