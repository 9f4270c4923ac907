#!/usr/bin/env python3
"""What the pages say is so: links lead somewhere, files that are named exist, every command and
option that a page shows is one that the programs know, and the other way round."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import case

OPTION = re.compile(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*(?![\w-])")
FOLDERS = ("src", "tests", "docs", "man", "demo", "packaging", "scripts", "fuzz", "bench",
           "examples", "include")
# Beside `sealward`: those with options alone.
PROGRAMS = ("sealward-keeper", "sealwardd", "sealward-guard")
# The example of RFC 7517, appendix A.1.
JWK = {"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "1",
       "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
       "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
# Made by the quickstart: not there in a clone.
MADE = ("demo/run", "demo/env")


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def pages():
    found = []
    for at, folders, names in os.walk(TOP):
        folders[:] = [f for f in folders if not f.startswith(("build", ".", "run", "data"))]
        found += [os.path.relpath(os.path.join(at, name), TOP) for name in names
                  if name.endswith(".md")]
    return sorted(found)


def help_of(program, *words):
    run = subprocess.run([case.program(program), *words, "--help"], capture_output=True, text=True,
                         check=True)
    return run.stdout


def options_of(text):
    """Those that a help lists; it may speak of other programs' as well."""
    return set(re.findall(r"^  (--[a-z-]+)", text, re.M))


def commands():
    """Name to options, and what all commands take."""
    text = help_of("sealward")
    listed, common = text.split("options of all commands:")
    names = re.findall(r"^  ([a-z-]+(?: [a-z]+)?)  +\S", listed.split("commands:")[1], re.M)
    return {name: options_of(help_of("sealward", *name.split())) for name in names}, \
        options_of(common)


def slug(heading):
    text = re.sub(r"[`*_]|\[|\]\([^)]*\)", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def shown_lines(text):
    """Lines of fenced blocks, continuation lines joined."""
    for block in re.findall(r"^```(?:sh|console|yaml|)\n(.*?)^```", text, re.M | re.S):
        yield from re.sub(r"\\\n\s*", " ", block).split("\n")


def calls(text):
    """Calls of `sealward` that a page shows: in blocks, and in `code`."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for line in [*shown_lines(text), *re.findall(r"`([^`\n]+)`", plain)]:
        for match in re.finditer(r"(?:^|[\s(])sealward ([a-z][^|;#)]*)", line):
            yield match.group(1)


class Pages(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for page in pages():
            for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
                if target.startswith(("http://", "https://", "mailto:")):
                    continue
                path, _, anchor = target.partition("#")
                path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                with self.subTest(page=page, target=target):
                    self.assertTrue(os.path.exists(os.path.join(TOP, path)), "no such file")
                    if anchor:
                        headings = re.findall(r"^#+ (.*)$", read(path), re.M)
                        self.assertIn(anchor, [slug(h) for h in headings])

    def test_files_that_pages_name_exist(self):
        name = re.compile(r"`((?:%s)/[\w./-]+)`" % "|".join(FOLDERS))
        for page in pages():
            for path in name.findall(read(page)):
                if path.startswith(MADE):
                    continue
                places = [path, os.path.join("src", path)]
                with self.subTest(page=page, path=path):
                    self.assertTrue(any(
                        os.path.exists(os.path.join(TOP, place + end)) for place in places
                        for end in ("", ".h", ".c", ".py")), "no such file")


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands, cls.common = commands()

    def command_of(self, words):
        for count in (2, 1):
            if " ".join(words[:count]) in self.commands:
                return " ".join(words[:count])
        return None

    def test_calls_that_pages_show_are_ones_that_sealward_takes(self):
        # Pages of protocols show formats, not calls.
        texts = [(page, read(page)) for page in pages() if "protocol" not in page]
        for page, text in texts:
            for call in calls(text):
                words = call.split(" -- ")[0].split()
                command = self.command_of(words)
                with self.subTest(page=page, call=call):
                    self.assertIsNotNone(command, "no such command")
                    for option in OPTION.findall(" ".join(words)):
                        self.assertIn(option, self.commands[command] | self.common | {"--help"})

    def manual(self, command):
        """The page of a command: its own, or that of the first of its two words."""
        for name in (command.replace(" ", "-"), command.split()[0]):
            path = "man/sealward-%s.1.scd" % name
            if os.path.exists(os.path.join(TOP, path)):
                return path
        self.fail("sealward %s has no manual page" % command)
        return None

    def test_every_command_and_option_stands_in_a_manual_page(self):
        overview = read("man/sealward.1.scd")
        for option in self.common:
            self.assertIn("*%s*" % option, overview)
        for command, options in self.commands.items():
            with self.subTest(command):
                text = read(self.manual(command))
                self.assertIn("sealward " + command, re.sub(r"[*_]", "", text))
                for option in options - self.common:
                    self.assertIn("*%s*" % option, text)

    def test_manual_pages_name_no_option_that_is_not_there(self):
        known = {}
        for command, options in self.commands.items():
            known.setdefault(self.manual(command), set()).update(options | self.common)
        for page, options in known.items():
            for option in re.findall(r"^\*(--[a-z-]+)\*", read(page), re.M):
                with self.subTest(page=page, option=option):
                    self.assertIn(option, options | {"--help", "--version"})

    def test_the_programs_manual_pages_have_exactly_their_options(self):
        for program in PROGRAMS:
            known = options_of(help_of(program))
            text = read("man/%s.8.scd" % program)
            named = set(OPTION.findall(" ".join(re.findall(r"\*(--[a-z-]+)\*", text))))
            self.assertEqual(known - {"--faults", "--fault"}, named | {"--help", "--version"} & known)


class Policies(unittest.TestCase):
    """What is shown as a policy is one that the rulebook takes."""

    def plan(self, folder, policy, genesis):
        keys = re.findall(r"[\w/.-]+\.pub", policy)
        for key in keys:
            path = os.path.join(folder, key)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path[:-4]],
                           check=True)
        for path in re.findall(r"[\w/.-]*jwks\.json", policy):
            with open(os.path.join(folder, path), "w") as file:
                json.dump({"keys": [JWK]}, file)
        for name, text in (("policy.yaml", policy), ("genesis.yaml", genesis),
                           ("log-key", '{"log_key":"%s"}' % ("A" * 43 + "="))):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        run = subprocess.run(
            [case.program("sealward"), "genesis", "plan", "--log-key", "log-key", "--out", "genesis",
             "--names", "names", "genesis.yaml"], cwd=folder, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_the_examples_found_an_authority(self):
        with tempfile.TemporaryDirectory() as folder:
            self.plan(folder, read("examples/policy.yaml"), read("examples/genesis.yaml"))

    def test_the_demonstration_s_policy_founds_one(self):
        with tempfile.TemporaryDirectory() as folder:
            self.plan(folder, read("demo/policy.yaml").replace("@CI_PORT@", "8444"),
                      read("examples/genesis.yaml"))


class Packaging(unittest.TestCase):
    def test_units_start_with_options_that_exist(self):
        for program in PROGRAMS:
            known = options_of(help_of(program))
            text = read("packaging/systemd/%s.service" % program)
            for option in OPTION.findall(text):
                with self.subTest(program=program, option=option):
                    self.assertIn(option, known)

    def test_scripts_of_the_packages_file_find_its_sections(self):
        for script in ("check", "quickstart"):
            for section in re.findall(r"scripts/packages ([a-z ]+)", read(script)):
                for name in section.split():
                    self.assertIn("[%s]" % name, read("packages.txt"))


if __name__ == "__main__":
    case.main()
