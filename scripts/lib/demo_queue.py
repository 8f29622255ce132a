"""Waits until vecsteward has emptied its queue and a poll finds no more jobs; meanwhile shows its builds.

usage: demo_queue.py PROGRAM CONFIGURATION
"""

import signal

# Ctrl-C ends it without a stack trace, also while it loads the rest.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import json  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402


def report():
    """What the program sees of the one database that the configuration names."""
    command = [sys.argv[1], "--dry-run", "--format", "json", "--config", sys.argv[2]]
    database = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)["databases"][0]
    if database["status"] != "assessed":
        raise SystemExit(f"the database cannot be polled: {database['failure']}")
    return database


def progress(job):
    """How far the build of a job is, in words; None where nothing is to be seen of one."""
    activity = job["activity"]
    if not activity or not activity["phase"]:
        return None
    words = [f"job {job['id']}: {activity['phase']}"]
    if activity["fraction"] is not None:
        words.append(f"{activity['fraction']:.0%} of the whole")
    if activity["secondsLeft"] is not None:
        words.append(f"about {activity['secondsLeft']:.0f} s left")
    return ", ".join(words)


while True:
    database = report()
    queue = [job for job in (database["queue"] or {"entries": []})["entries"] if job["state"] != "failed"]
    if not queue and not any(job["disposition"] == "act" for job in database["jobs"]):
        break
    for words in filter(None, map(progress, queue)):
        print(f"    {words}", file=sys.stderr)
    time.sleep(0.5)
