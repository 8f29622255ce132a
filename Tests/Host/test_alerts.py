"""The service starts, says what it looks after, and tells in the journal what it finds."""

import re
import time

import contract
from expectations import messages, require, require_equal, require_fields, require_number, require_once
from host import wait_until


def test_it_is_ready_within_seconds_and_says_what_it_looks_after(host):
    database = host.database()
    for name in ("docs", "notes", "pages"):
        database.create_collection(name, 10)
    database.grant()
    host.service.configure(host.service.configuration())
    started = time.monotonic()
    host.service.start()
    seconds = time.monotonic() - started
    require(seconds < 5, f"it took {seconds:.1f} s until the service was ready")
    host.service.require_active()
    status = host.service.wait_for_status(re.compile(r"^1 database, 3 collections; nothing to do\b"), within=5)
    shown = host.run("systemctl", "status", "--no-pager", contract.UNIT).output
    require(f'Status: "{status}"' in shown, f"systemctl status does not show {status!r}:\n{shown}")


def test_it_is_ready_only_after_the_first_look(host):
    """A server that does not answer yet keeps it from being ready, and not from looking after it later."""
    database = host.database()
    database.create_collection("docs", 10)
    database.grant()
    host.service.configure(host.service.configuration())
    server = int(host.read("/var/lib/postgresql/17/main/postmaster.pid").split()[0])
    host.run("kill", "-STOP", server)
    host.run("systemctl", "start", "--no-block", contract.UNIT)
    wait_until("the daemon runs", lambda: host.service.process() > 0)
    time.sleep(2)
    require_equal(host.service.property("ActiveState"), "activating", "the service before the first look")
    host.run("kill", "-CONT", server)
    host.service.wait_until_active()
    host.service.wait_for_status(re.compile("^1 database, 1 collection; nothing to do"))


def test_an_unindexed_collection_is_told_once_and_so_is_its_index(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    about = {"COLLECTION": "vecs.docs.vec", "RULE": "unindexed"}
    alert = host.journal.wait_for("raised", **about)
    require_fields(
        alert, DATABASE="app", SEVERITY="critical", SYSLOG_IDENTIFIER=contract.IDENTIFIER, _SYSTEMD_UNIT=contract.UNIT,
        _UID=host.run("id", "--user", contract.USER).output.strip(), _TRANSPORT="journal",
    )
    require_number(alert, "PRIORITY", 1, 4)
    require_number(alert, "ROWS", 1500, 1500)
    require("vecs.docs" in alert["MESSAGE"], f"the message does not name the collection: {alert['MESSAGE']}")

    database.create_hnsw("docs")
    resolution = host.journal.wait_for("resolved", **about)
    require_fields(resolution, DATABASE="app")
    require_number(resolution, "PRIORITY", 5, 6)
    # Several looks later there is still one of each.
    database.wait_for_looks(3)
    require_once(host.journal.events("raised", **about), "the alert")
    require_once(host.journal.events("resolved", **about), "the resolution")


def test_journalctl_explains_an_alert(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    alert = host.journal.wait_for("raised", RULE="unindexed")
    text = host.journal.explained(alert)
    lines = [line.removeprefix("░░").strip() for line in text.splitlines() if line.startswith("░░")]
    require(any(line.startswith("Subject: Finding raised") for line in lines), f"no subject is shown:\n{text}")
    for words in ("vecs.docs", "unindexed", "vecsteward"):
        require(any(words in line for line in lines), f"the explanation does not speak of {words}:\n{text}")
    require("@" not in "".join(line for line in lines), f"a field is missing in the explanation:\n{text}")


def test_every_message_that_is_written_has_an_entry_in_the_catalog(host):
    database = host.database()
    database.create_outgrown("docs")
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    host.journal.wait_for("done", within=60)
    host.service.reload()
    host.journal.wait_for("reloaded")
    host.service.stop()
    known = host.run("journalctl", "--list-catalog", "--quiet").output
    for entry in host.journal.of_service():
        message = entry.get("MESSAGE_ID")
        require(message is None or message in known, f"the catalog has nothing on {entry}")


def test_a_repeated_alert_comes_when_the_configuration_says_so(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration(alerts={"repeatEvery": "3s"}))
    host.service.start()
    about = {"COLLECTION": "vecs.docs.vec", "RULE": "unindexed"}
    wait_until("it is told three times", lambda: len(host.journal.events("raised", **about)) >= 3)
    times = [int(entry["__REALTIME_TIMESTAMP"]) / 1e6 for entry in host.journal.events("raised", **about)]
    for earlier, later in zip(times, times[1:]):
        require(later - earlier >= 2.9, f"it is told again after {later - earlier:.1f} s, and not after 3")


def test_a_journal_flood_is_a_summary_with_a_count_and_the_worst(host):
    database = host.database()
    database.sql("""
        SET ROLE app;
        DO $$
        BEGIN
            FOR n IN 1..2000 LOOP
                EXECUTE format(
                    'CREATE TABLE vecs.c%s (id varchar PRIMARY KEY, vec vector(3) NOT NULL, metadata jsonb)', n
                );
                EXECUTE format(
                    'INSERT INTO vecs.c%s SELECT i::text, ''[1,2,3]'' FROM generate_series(1, %s) AS i',
                    n, CASE n WHEN 1234 THEN 900 ELSE 20 END
                );
                IF n % 100 = 0 THEN COMMIT; END IF;
            END LOOP;
        END $$;
    """, within=120)
    database.sql("ANALYZE", within=120)
    database.grant()
    rules = {"unindexed": {"minimumRows": 10}, "stale-statistics": {"mode": "off"}}
    host.service.configure(host.service.configuration(rules=rules))
    host.service.start()
    require_summary(host, "unindexed", "vecs.c1234")
    host.service.wait_for_status(re.compile(r"^1 database, 2,000 collections"))
    database.wait_for_looks(2)
    require_few(host)

    # What is resolved at once is a summary too.
    host.journal.skip()
    rules["unindexed"] = {"mode": "off"}
    host.service.configure(host.service.configuration(rules=rules))
    host.service.reload()
    require_summary(host, "resolved", "")
    database.wait_for_looks(2)
    require_few(host)


def require_summary(host, *words):
    """Waits for a message with the number of the findings in it, and for one with each of the words."""
    wait_until("the journal has a summary of 2,000", lambda: any(
        re.search(r"\b(2,000|1,999)\b", entry["MESSAGE"]) for entry in host.journal.of_service()))
    told = messages(host.journal.of_service())
    for word in words:
        require(word in told, f"nothing names {word}:{told}")


def require_few(host):
    told = host.journal.of_service()
    require(len(told) <= 25, f"{len(told)} messages are a flood: {messages(told[:30])}")
