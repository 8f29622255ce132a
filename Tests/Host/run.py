"""Runs the tests of vecsteward on Debian hosts: see scripts/test-host, which prepares what this needs.

usage: run.py --list [--filter PATTERN]
       run.py --tree FOLDER --package FILE --scratch FOLDER [--filter PATTERN] [--jobs N]

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
from concurrent.futures import ProcessPoolExecutor, as_completed  # noqa: E402
from multiprocessing import get_context  # noqa: E402
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
    """Runs one test on a host of its own. Whether it passed, and what to print of it."""
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
    lines = f"{verdict:6} {time.monotonic() - started:5.1f} s  {test.__name__}"
    if words is not None:
        lines += "\n" + indented(words)
        if host:
            lines += "\n" + indented("the end of the journal:\n" + journal_tail(host))
    if host:
        fleet.discard(host)
    return words is None, lines


def journal_tail(host):
    try:
        return host.journal_tail()
    except Failure as failure:
        return f"it cannot be read: {failure}"


def run_all(chosen, fleet, jobs):
    """Runs the tests, so many at a time, and prints each result when it is there. How many passed."""
    passed = 0
    # Each job is a process of its own, which knows the tests and the fleet from this one.
    pool = ProcessPoolExecutor(jobs, get_context("fork"), begin_job, (chosen, fleet))
    with pool:
        for future in as_completed([pool.submit(run_in_job, number) for number in range(len(chosen))]):
            has_passed, lines = future.result()
            passed += has_passed
            print(lines, flush=True)
    return passed


def begin_job(chosen, fleet):
    run_in_job.tests, run_in_job.fleet = chosen, fleet
    signal.signal(signal.SIGALRM, overdue)


def run_in_job(number):
    return run(run_in_job.tests[number], run_in_job.fleet)


def indented(text):
    return "\n".join("    | " + line for line in text.rstrip().splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--tree", "--package", "--scratch"):
        parser.add_argument(option, type=Path)
    parser.add_argument("--filter", default="", metavar="PATTERN")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
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
    fleet.install_for(chosen)
    passed = run_all(chosen, fleet, arguments.jobs)
    print(f"{passed} passed, {len(chosen) - passed} failed")
    return 0 if passed == len(chosen) else 1


sys.exit(main())
