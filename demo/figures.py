#!/usr/bin/env python3
"""One line of figures: seconds from a compromise to each thing that had to follow.

    figures.py PROPAGATION.json COMPROMISED FIRST-GOOD CAMPAIGN-DONE

The last three are files with a time in milliseconds."""

import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        revocation = json.load(file)["revocations"][0]
    began, first_good, done = (int(open(path, encoding="utf-8").read()) for path in sys.argv[2:])
    moments = [("stopped", revocation["stopped"]), ("published", revocation["written"]),
               ("last guard", revocation["last"]), ("first good signature", first_good),
               ("campaign done", done)]
    print("compromise" + "".join(" -> %s %.1f s" % (name, (at - began) / 1000)
                                 for name, at in moments))


if __name__ == "__main__":
    main()
