"""Runs the tests of one file: run.py DAEMON KEEPER FILE. Each function named test_* is given a place
with a keeper; the daemon is its own to start."""

import importlib.util
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from daemon import Place  # noqa: E402


def run_one(test, programs):
    place = Place(*programs)
    try:
        place.start_keeper()
        test(place)
    except BaseException:
        if os.path.exists(place.at("messages")):
            print(place.read_messages()[-4000:], file=sys.stderr)
        for process in (place.daemon, place.keeper and place.keeper.process):
            if process is not None:
                process.kill()
        raise
    place.end()


def main():
    spec = importlib.util.spec_from_file_location("tests", sys.argv[3])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    failed = 0
    names = [n for n in vars(module) if n.startswith("test_")]
    wanted = sys.argv[4:] or names
    for name in wanted:
        try:
            run_one(getattr(module, name), sys.argv[1:3])
            print(f"ok {name}", flush=True)
        except BaseException:
            failed += 1
            print(f"FAILED {name}", flush=True)
            traceback.print_exc()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
