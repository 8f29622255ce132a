"""What the service stands that is around it: a journal that is gone, no systemd, hostile names."""

import json

import contract
from expectations import require, require_equal
from host import wait_until
from journal import message_of

JOURNAL = ("systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket")


def start_on_a_database(host, rows=500, **settings):
    database = host.database()
    database.create_collection("docs", rows)
    database.grant()
    host.service.configure(host.service.configuration(**settings))
    host.service.start()
    return database


def test_a_journal_that_is_stopped_stops_nothing_else(host):
    host.service.override(WatchdogSec="5s")
    database = start_on_a_database(host)
    process = host.service.process()
    host.run("systemctl", "stop", *JOURNAL)
    # Work goes on without anybody to tell, for longer than the watchdog waits.
    database.create_outgrown("pages")
    database.grant()
    wait_until("the build is done", lambda: database.value(
        "SELECT count(*) FROM vecsteward.job WHERE state = 'done' AND kind LIKE 're%'") == "1", within=60)
    database.wait_for_looks(8)
    host.service.require_active()
    require_equal(host.service.process(), process, "the process of the service")
    # Started again, the journal hears of what comes from then on.
    host.run("systemctl", "start", *reversed(JOURNAL))
    database.create_collection("later", 1500)
    database.grant()
    host.journal.wait_for("raised", COLLECTION="vecs.later")


def test_it_runs_outside_of_systemd_without_a_notify_socket(host):
    database = host.database()
    host.write("/tmp/config.json", json.dumps(host.service.configuration()))
    surroundings = {"docs": [], "notes": ["NOTIFY_SOCKET=/run/nobody/listens", "WATCHDOG_USEC=3000000"]}
    for name, variables in surroundings.items():
        database.create_collection(name, 1500)
        database.grant()
        daemon = host.start("env", *variables, "vecsteward", "run", "--config", "/tmp/config.json", user=contract.USER)
        # What goes to no journal are ordinary, readable lines.
        daemon.wait_for_line(f"vecs.{name}", "unindexed")
        database.wait_for_looks(4)
        require(not daemon.has_ended(), f"it ended: {daemon.lines}")
        host.run("pkill", "-TERM", "--exact", "vecsteward")
        require_equal(daemon.wait_for_end(), 0, "the exit code")


def test_what_a_database_contains_can_forge_no_line_and_no_field(host):
    database = host.database()
    forged = 'x\nPRIORITY=0\nMESSAGE=all is well\x1b[2J'
    database.sql(f"""
        SET ROLE app;
        CREATE TABLE vecs."{forged}" (id varchar PRIMARY KEY, vec vector(3) NOT NULL);
        INSERT INTO vecs."{forged}" SELECT i::text, '[1,2,3]' FROM generate_series(1, 1500) AS i;
        ANALYZE vecs."{forged}";
    """)
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    alert = host.journal.wait_for("raised", RULE="unindexed")
    for entry in host.journal.of_service():
        # journalctl gives what has control characters, or is no UTF-8, as a list of bytes.
        require(isinstance(entry["MESSAGE"], str), f"a message is no text: {message_of(entry)!r}")
        require("\n" not in entry["MESSAGE"] and "\x1b" not in entry["MESSAGE"], f"not one line: {entry['MESSAGE']!r}")
        require(not entry["MESSAGE"].startswith("all is well"), f"a message is forged: {entry['MESSAGE']}")
        require(entry["PRIORITY"] != "0", f"a priority is forged: {entry['MESSAGE']}")
    require("PRIORITY=0" in alert["MESSAGE"], f"the message does not show the name: {alert}")
