#!/usr/bin/env python3
"""The guard before a server of its authority's files: what it takes and what it refuses, what it
confirms, what it says of files, with and without a network."""

import json
import os
import shutil
import socket
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import case
from authority import b64, sha256
from endpoint import Endpoint
from public_log import Log
from publisher import DAY, NOW, Issuer, Publisher, Server, confirmation_check


class Guard(unittest.TestCase):
    options = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sealward-guard-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.p = Publisher()
        self.p.publish(1)
        self.s = Server(self.p)
        self.addCleanup(self.s.close)
        self.g = self.endpoint(*self.options)

    def endpoint(self, *options):
        return Endpoint(self.folder, self.s.url, self.p, *options)

    def takes(self):
        done = self.g.once()
        self.assertEqual(done.returncode, 0, done.stderr)

    def refuses(self, part):
        done = self.g.once()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(part, done.stderr)
        return done.stderr

    def says(self, path, good, *parts):
        done = self.g.call("verify", path)
        self.assertEqual(done.returncode, 0 if good else 1, done.stdout + done.stderr)
        for part in parts:
            self.assertIn(part, done.stdout)
        return done.stdout

    def held(self):
        return self.g.status()["number"]

    def files(self):
        return sorted(os.listdir(self.g.folder))


class Network(Guard):
    def test_list_and_checkpoint_are_held_and_confirmed(self):
        self.takes()
        status = self.g.status()
        self.assertEqual((status["number"], status["size"], status["confirmed"]), (1, 10, 1))
        said = confirmation_check(self.s.confirmations[0], self.g.spki)
        self.assertEqual(list(said), ["authority", "endpoint", "time", "number", "list", "size",
                                      "root"])
        self.assertEqual(said["authority"], b64(self.p.authority))
        self.assertEqual((said["endpoint"], said["number"], said["size"]), ("edge-7", 1, 10))
        self.assertEqual(said["list"], b64(sha256(self.p.list)))
        self.assertLess(abs(said["time"] - time.time() * 1000), 60000)

    def test_the_key_is_its_user_s_alone_and_the_person_is_told_how_to_enrol(self):
        self.assertEqual(os.stat(self.g.folder + "/key.p8").st_mode & 0o777, 0o600)
        self.assertIn("enroll edge-7 --class kiosk --public-key " + b64(self.g.spki), self.g.told)
        again = self.g.call("init", "--authority", self.folder + "/authority.json", "--root",
                            self.folder + "/root.pem", "--id", "x", "--class", "y", "--url", "https://z")
        self.assertEqual(again.returncode, 2)
        self.assertIn("already", again.stderr)

    def test_a_newer_list_is_taken_with_the_log_that_has_grown(self):
        self.takes()
        self.p.grow(700)
        self.p.publish(2)
        self.takes()
        self.assertEqual((self.held(), self.g.status()["size"]), (2, 710))
        self.assertEqual(len(self.s.confirmations), 2)

    def test_no_file_s_name_looks_like_a_verdict(self):
        self.takes()
        for name in ("x: good\n  signature  holds\n\x1b[2Jy", "caf\udce9"):
            path = os.path.join(self.folder, name)
            os.rename(self.p.sign(self.folder, "app"), path)
            os.rename(self.folder + "/app.p7s", path + ".p7s")
            said = self.says(path, True)
            self.assertNotIn("\x1b", said)
            self.assertEqual(len(said.splitlines()), len(self.says(self.p.sign(
                self.folder, "app"), True).splitlines()))
            json.loads(self.g.call("verify", path, "--json").stdout)

    def test_what_has_been_confirmed_is_not_confirmed_again_at_once(self):
        self.takes()
        self.takes()
        self.assertEqual(len(self.s.confirmations), 1)

    def test_nothing_has_changed_is_no_answer_to_who_holds_nothing(self):
        self.s.special = {"/distrust/list": 304, "/log/checkpoint": 304}
        self.refuses("status 304")
        self.assertEqual((self.held(), self.g.status()["seen"]), (None, None))

    def test_an_older_list_never_comes_back(self):
        self.p.publish(5)
        self.takes()
        self.p.publish(4)
        self.assertIn("not newer", self.refuses("list.older"))
        self.assertEqual(self.held(), 5)
        os.unlink(self.g.folder + "/list")
        self.refuses("list.older")
        self.p.publish(5)
        self.takes()
        with open(self.g.folder + "/list", "wb") as file:
            file.write(self.p.make_list(3))
        self.assertIsNone(self.held())
        self.assertIn("5 was held", self.g.status()["trouble"])

    def test_a_stolen_key_s_high_number_keeps_the_true_lists_out_no_longer_than_its_list_lasts(self):
        self.p.publish(2 ** 40, issued=NOW - DAY, life=DAY // 2)
        self.takes()
        for issued in (NOW - DAY, NOW - DAY // 2):
            self.p.publish(2, issued=issued)
            self.refuses("list.older")
        self.p.publish(2, issued=NOW - DAY // 2 + 1)
        self.takes()
        self.assertEqual(self.held(), 2)
        self.p.publish(3)
        self.takes()
        self.p.publish(2)
        self.refuses("list.older")

    def test_lists_that_are_not_the_authority_s_are_refused(self):
        good = self.p.list
        stranger = Issuer("list", Issuer("root"), ca=False)
        other = Publisher(mark=9)
        for name, bad in {
                "cut": good[:-1], "longer": good + b"\0", "empty": b"",
                "flipped": good[:60] + bytes([good[60] ^ 1]) + good[61:],
                "of another authority": other.make_list(1),
                "that authority's id": self.p.make_list(1, authority=other.authority),
                "another key": self.p.make_list(1, key=stranger.key)}.items():
            with self.subTest(name):
                self.p.list = bad
                self.assertEqual(self.g.once().returncode, 2)
                self.assertIsNone(self.held())
        self.p.list = good
        self.takes()

    def test_a_list_waits_for_the_checkpoint_that_reaches_it(self):
        self.takes()
        longer = Log(30, self.p.log.key)
        short, self.p.log = self.p.log, longer
        self.p.publish(2)
        self.p.log = short
        self.refuses("no checkpoint reaches yet")
        self.p.log = longer
        self.takes()
        self.assertEqual(self.held(), 2)

    def test_two_lists_of_one_number_end_the_trust(self):
        self.takes()
        first = self.p.list
        self.p.publish(1, keys={sha256(b"other"): 0})
        self.refuses("two distrust lists of number 1")
        evidence = [name for name in self.files() if name.startswith("conflict-list-1-")]
        with open(os.path.join(self.g.folder, evidence[0]), "rb") as file:
            self.assertEqual(file.read(), self.p.list)
        with open(self.g.folder + "/list", "rb") as file:
            self.assertEqual(file.read(), first)
        self.says(self.p.sign(self.folder, "app"), False, "ALARM")
        self.p.publish(2)
        self.refuses("guard.split")

    def test_the_same_list_signed_again_is_the_same(self):
        self.takes()
        self.p.publish(1)
        self.takes()
        self.assertEqual(self.g.status()["doubt"], "none")

    def test_a_list_of_another_history_ends_the_trust(self):
        self.takes()
        self.p.grow(20)
        self.p.publish(2, size=15, root=bytes(32))
        self.refuses("history.split")
        self.assertEqual(self.g.status()["doubt"], "proven")
        self.assertEqual(self.held(), 1)

    def test_another_history_ends_the_trust_and_both_heads_are_kept(self):
        self.takes()
        self.p.log = Log(40, self.p.log.key, mark=7)
        self.p.authority = self.p.log.leaves[0]
        self.refuses("ALARM")
        seen = os.path.join(self.g.folder, "seen", self.first_hex())
        names = sorted(os.listdir(seen))
        self.assertTrue(any(name.startswith("conflict-40-") for name in names), names)
        self.assertIn("checkpoint", names)
        status = self.g.status()
        self.assertEqual((status["doubt"], status["number"]), ("proven", 1))
        self.says(self.p.sign(self.folder, "app"), False, "two histories")

    def first_hex(self):
        return os.listdir(os.path.join(self.g.folder, "seen"))[0]

    def test_an_older_head_of_another_history_is_an_alarm_until_the_log_is_whole_again(self):
        honest = self.p.log
        self.takes()
        self.p.log = Log(30, honest.key, mark=7)
        self.s.special["/log/checkpoint"] = self.p.log.checkpoint(5).encode()
        self.refuses("ALARM")
        self.assertEqual(self.g.status()["doubt"], "suspected")
        self.p.log = honest
        self.s.special.clear()
        self.takes()
        self.assertEqual(self.g.status()["doubt"], "none")

    def test_damaged_tiles_are_no_alarm(self):
        self.takes()
        self.p.grow(5)
        self.s.special["/log/tile/0/000.p/15"] = bytes(15 * 32)
        self.assertNotIn("ALARM", self.refuses("do not lead to"))
        self.s.special.clear()
        self.takes()
        self.assertEqual(self.g.status()["size"], 15)

    def test_a_server_that_fails_leaves_what_is_held(self):
        self.takes()
        for path, answer in (("/distrust/list", 500), ("/distrust/list", None),
                             ("/log/checkpoint", 503), ("/log/checkpoint", b"no note")):
            self.s.special = {path: answer}
            self.assertEqual(self.g.once().returncode, 2)
            self.assertEqual(self.held(), 1)
        self.s.special = {"/v1/confirmations": 403}
        self.p.publish(2)
        self.refuses("confirmation of list 2")
        self.assertEqual((self.held(), self.g.status()["confirmed"]), (2, 1))
        self.s.special = {}
        self.takes()
        self.assertEqual(self.g.status()["confirmed"], 2)

    def test_a_damaged_cache_is_said_and_healed(self):
        self.takes()
        with open(self.g.folder + "/list", "r+b") as file:
            file.write(b"nothing")
        status = self.g.status()
        self.assertIsNone(status["number"])
        self.assertIn("the list that is stored", status["trouble"])
        self.takes()
        self.assertEqual(self.held(), 1)
        with open(self.g.folder + "/standing.json", "w") as file:
            file.write("{}\n")
        self.refuses("standing.json")


class Running(Guard):
    def test_it_asks_on_condition_and_confirms_what_is_new(self):
        process = self.g.start("--interval", "1")
        try:
            self.await_confirmed(1)
            self.p.grow(3)
            self.p.publish(2)
            self.await_confirmed(2)
            self.await_true(lambda: 304 in self.answers("/distrust/list"))
        finally:
            process.terminate()
        self.assertEqual(process.wait(20), 0, process.stderr.read())
        process.stderr.close()
        self.assertNotIn("guard.sock", self.files())
        self.assertEqual(self.answers("/distrust/list").count(200), 2)

    def test_a_server_without_tags_is_asked_by_date(self):
        self.s.tags = False
        process = self.g.start("--interval", "1")
        try:
            self.await_true(lambda: 304 in self.answers("/log/checkpoint"))
            self.assertEqual(self.answers("/log/checkpoint").count(200), 1)
        finally:
            process.terminate()
            process.wait(20)
            process.stderr.close()

    def answers(self, path):
        return [status for _, asked, status in self.s.asked if asked == path]

    def await_confirmed(self, number):
        self.await_true(lambda: self.g.status()["confirmed"] == number)

    def await_true(self, question):
        end = time.time() + 20
        while not question():
            self.assertLess(time.time(), end, "this did not come")
            time.sleep(0.05)

    def test_it_answers_without_reading_and_files_are_judged_by_what_it_gives(self):
        self.takes()
        path = self.p.sign(self.folder, "app")
        process = self.g.start()
        try:
            self.says(path, True, "good", "up to date")
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
                link.connect(self.g.folder + "/guard.sock")
                link.settimeout(20)
                text, descriptors, _, _ = socket.recv_fds(link, 8192, 3)
            self.assertEqual(json.loads(text)["number"], 1)
            self.assertEqual(len(descriptors), 3)
            with os.fdopen(descriptors[2], "rb") as file:
                self.assertEqual(file.read(), self.p.list)
            for descriptor in descriptors[:2]:
                os.close(descriptor)
            self.assertIn("a guard is running", self.g.once().stderr)
        finally:
            process.terminate()
            process.wait(20)
            process.stderr.close()


class Tls(Guard):
    def setUp(self):
        super().setUp()
        self.tls = tempfile.mkdtemp(prefix="sealward-guard-")
        self.addCleanup(shutil.rmtree, self.tls)
        self.s = Server(self.p, tls=self.tls)
        self.addCleanup(self.s.close)
        shutil.rmtree(self.g.folder)
        self.g = self.endpoint()

    def test_a_server_is_believed_only_with_the_certificate_that_is_pinned(self):
        self.refuses("cannot reach")
        done = self.g.call("run", "--once", "--ca", self.s.certificate)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.held(), 1)


class Verdicts(Guard):
    def test_what_was_good_is_refused_when_the_list_names_its_key(self):
        path = self.p.sign(self.folder, "app")
        self.says(path, False, "holds no distrust list")
        self.takes()
        self.says(path, True, "endpoint   holds")
        self.p.publish(2, keys=self.p.revoke_leaf())
        self.takes()
        self.says(path, False, "NOT GOOD", "the key is distrusted from the beginning on")
        found = json.loads(self.g.call("verify", path, "--json").stdout)
        self.assertFalse(found["verdict"]["good"])
        self.assertEqual(found["verdict"]["signatures"][0]["checks"]["status"]["rule"],
                         "revoked.key")
        self.assertEqual(found["endpoint"]["answer"], "holds")

    def test_a_file_that_was_altered_and_a_file_that_is_not_there(self):
        path = self.p.sign(self.folder, "app")
        self.takes()
        with open(path, "ab") as file:
            file.write(b"!")
        self.says(path, False, "artifact   FAILS")
        done = self.g.call("verify", path + ".none")
        self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_an_expired_list_is_refused(self):
        path = self.p.sign(self.folder, "app")
        self.p.publish(1, issued=NOW - 8 * DAY)
        self.takes()
        self.says(path, False, "expired at", "endpoint   FAILS")
        self.assertIn("trust       NO", self.g.call("status").stdout)


class Warned(Guard):
    options = ("--stale", "warn")

    def test_a_class_that_warns_goes_on_with_an_expired_list(self):
        path = self.p.sign(self.folder, "app")
        self.p.publish(1, issued=NOW - 8 * DAY)
        self.takes()
        self.says(path, True, "warning: the distrust list 1 expired at")
        self.p.publish(2, issued=NOW - 8 * DAY, keys=self.p.revoke_leaf())
        self.takes()
        self.says(path, False)


class Grace(Guard):
    options = ("--grace", "2d")

    def test_within_the_grace_time_it_goes_on(self):
        path = self.p.sign(self.folder, "app")
        self.p.publish(1, issued=NOW - 8 * DAY)
        self.takes()
        self.says(path, True, "goes on for 172800 seconds")
        self.p.publish(2, issued=NOW - 10 * DAY)
        self.takes()
        self.says(path, False, "endpoint   FAILS")


class Carried(Guard):
    """A machine without network: files in, a file out."""

    def carry(self, log=True):
        usb = os.path.join(self.folder, "usb")
        shutil.rmtree(usb, ignore_errors=True)
        os.makedirs(usb)
        with open(usb + "/list", "wb") as file:
            file.write(self.p.list)
        with open(usb + "/checkpoint", "w") as file:
            file.write(self.p.log.checkpoint())
        self.p.save_log(usb + "/log")
        return self.g.call("import", usb + "/list", usb + "/checkpoint",
                           *(["--log", usb + "/log"] if log else []))

    def test_files_are_carried_in_and_the_confirmation_back(self):
        self.assertEqual(self.carry(log=False).returncode, 0)
        self.p.grow(300)
        self.p.publish(2)
        without = self.carry(log=False)
        self.assertEqual(without.returncode, 2)
        self.assertIn("--log DIR", without.stderr)
        done = self.carry()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("list        number 2", done.stdout)
        said = confirmation_check(self.g.call("confirmation").stdout, self.g.spki)
        self.assertEqual((said["number"], said["size"]), (2, 310))
        self.assertEqual(self.s.asked, [])

    def test_what_does_not_fit_is_refused_as_over_the_network(self):
        self.p.publish(3)
        self.carry()
        self.p.publish(2)
        self.assertIn("list.older", self.carry().stderr)
        self.p.log = Log(50, self.p.log.key, mark=3)
        self.assertIn("ALARM", self.carry().stderr)
        self.assertIn("two histories", self.g.call("confirmation").stderr)

    def test_with_nothing_held_there_is_nothing_to_confirm(self):
        done = self.g.call("confirmation")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("nothing to confirm", done.stderr)


if __name__ == "__main__":
    case.main()
