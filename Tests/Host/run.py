"""Runs the tests of vecsteward on Debian hosts: see scripts/test-host, which prepares what this needs.

usage: run.py --list [--filter PATTERN]
       run.py --tree FOLDER --package FILE --scratch FOLDER [--filter PATTERN]

Prints each test's name, result and time, and at the end how many passed and failed. The exit code is 1 when one failed.
"""

import signal

# Ctrl-C ends it without a stack trace, also while it loads the rest. This is the first process of its namespace, so
# everything else in there ends with it.
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: __import__("os")._exit(128 + number))

import argparse  # noqa: E402
import importlib  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from pathlib import Path  # noqa: E402

from host import Failure  # noqa: E402
from fleet import Fleet  # noqa: E402


# Seconds that a test may take. Each wait in it has a limit of its own, so this is for what nobody thought of.
LONGEST = 180


def overdue(*_):
    raise Failure(f"it did not end in {LONGEST} s")


def tests(pattern):
    """The tests in the order of their files and of their lines."""
    found = []
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(file.stem)
        found += [
            value for name, value in vars(module).items()
            if name.startswith("test_") and callable(value) and re.search(pattern, name)
        ]
    return found


def run(test, fleet):
    """Runs one test on a host of its own, and tells how it went. True if it passed."""
    started = time.monotonic()
    host, words = None, None
    try:
        host = fleet.host(test)
        signal.alarm(LONGEST)
        test(host)
    except Failure as failure:
        words = "".join(traceback.format_tb(failure.__traceback__, limit=-3)) + str(failure)
    except Exception:  # noqa: BLE001
        words = traceback.format_exc()
    finally:
        signal.alarm(0)
    verdict = "ok" if words is None else "FAILED"
    print(f"{verdict:6} {time.monotonic() - started:5.1f} s  {test.__name__}", flush=True)
    if words is not None:
        print(indented(words))
        if host:
            print(indented("the end of the journal:\n" + host.journal_tail()), flush=True)
    if host:
        fleet.discard(host)
    return words is None


def indented(text):
    return "\n".join("    | " + line for line in text.rstrip().splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--tree", "--package", "--scratch"):
        parser.add_argument(option, type=Path)
    parser.add_argument("--filter", default="", metavar="PATTERN")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, overdue)
    try:
        chosen = tests(arguments.filter)
    except re.error as error:
        parser.exit(64, f"{arguments.filter!r} is no regular expression: {error}\n")
    if arguments.list:
        print("\n".join(test.__name__ for test in chosen))
        return 0
    if not chosen:
        print(f"no test matches {arguments.filter!r}", file=sys.stderr)
        return 1
    # Where systemd-nspawn leaves its locks.
    Path("/run/systemd").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/systemd"], check=True)
    fleet = Fleet(arguments.tree, arguments.package, arguments.scratch / "hosts", arguments.scratch.name)
    passed = sum([run(test, fleet) for test in chosen])
    print(f"{passed} passed, {len(chosen) - passed} failed")
    return 0 if passed == len(chosen) else 1


sys.exit(main())
