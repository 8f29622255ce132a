"""The service starts, says what it manages, and reports its findings in the journal."""

import re
import time

import contract
from expectations import messages, readable, require, require_equal, require_fields, require_number, require_once
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
    """A server that does not answer yet keeps it from being ready, but not from managing the database later."""
    database = host.database()
    database.create_collection("docs", 10)
    database.grant()
    host.service.configure(host.service.configuration())
    server = int(host.read("/var/lib/postgresql/17/main/postmaster.pid").split()[0])
    host.run("kill", "-STOP", server)
    host.run("systemctl", "start", "--no-block", contract.UNIT)
    wait_until("the daemon runs", lambda: host.service.process() > 0)
    time.sleep(2)
    require_equal(host.service.property("ActiveState"), "activating", "the service before the first poll")
    host.run("kill", "-CONT", server)
    host.service.wait_until_active()
    host.service.wait_for_status(re.compile("^1 database, 1 collection; nothing to do"))


def test_an_unindexed_collection_is_told_once_and_so_is_its_index(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    about = {"COLLECTION": "vecs.docs", "RULE": "unindexed"}
    alert = host.journal.wait_for("raised", **about)
    require_fields(
        alert, MESSAGE_ID=host.journal.message_id("unindexed"), DATABASE="app", SEVERITY="warning", PRIORITY="4",
        ADVICE=True, SYSLOG_IDENTIFIER=contract.IDENTIFIER, _SYSTEMD_UNIT=contract.UNIT, _TRANSPORT="journal",
        _UID=host.run("id", "--user", contract.USER).output.strip(),
    )
    require_number(alert, "ROWS", 1500, 1500)
    require("vecs.docs" in alert["MESSAGE"], f"the message does not name the collection: {alert['MESSAGE']}")

    database.create_hnsw("docs")
    resolution = host.journal.wait_for("resolved", **about)
    require_fields(resolution, MESSAGE_ID=host.journal.message_id("resolved"), DATABASE="app", PRIORITY="5")
    # Several polls later there is still one of each.
    database.wait_for_looks(3)
    require_once(host.journal.events("raised", **about), "the alert")
    require_once(host.journal.events("resolved", **about), "the resolution")


def test_journalctl_explains_an_alert_and_what_to_do(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    alert = host.journal.wait_for("raised", RULE="unindexed")
    text = host.journal.explained(alert)
    explanation = "\n".join(line.removeprefix("░░ ") for line in text.splitlines() if line.startswith("░░"))
    for words in ("Subject: A collection has no index", "Defined-By: vecsteward", " vecs.docs ", alert["ADVICE"]):
        require(words in explanation, f"the explanation lacks {words!r}:\n{text}")
    # journalctl leaves the name of a field where an entry lacks it.
    require(not re.search("@[A-Z_]+@", explanation), f"a field is missing in the explanation:\n{text}")


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
    entries = host.journal.read(f"_SYSTEMD_UNIT={contract.UNIT}")
    require(len(entries) >= 10, f"it tells little: {messages(entries)}")
    for entry in entries:
        # A line without an ID got there past the journal's own protocol: from a library that complains, say.
        require(entry.get("MESSAGE_ID", "none") in known, f"the catalog has nothing on {readable(entry)}")
        explanation = host.journal.explained(entry)
        require(not re.search("@[A-Z_]+@", explanation), f"a field is missing in the explanation:\n{explanation}")


def test_an_alert_is_told_again_after_a_day(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    about = {"COLLECTION": "vecs.docs", "RULE": "unindexed"}
    host.journal.wait_for("raised", **about)
    # The clock is the database's, and what was reported is recorded there.
    age = "UPDATE vecsteward.finding SET raised_at = raised_at - interval '{0}', told_at = told_at - interval '{0}'"
    database.sql(age.format("23 hours"))
    database.wait_for_looks(3)
    require_equal(host.journal.events("repeated", **about), [], "what is reported again before a day is over")
    database.sql(age.format("61 minutes"))
    repeated = host.journal.wait_for("repeated", **about)
    require_fields(repeated, MESSAGE_ID=host.journal.message_id("unindexed"), PRIORITY="4", ROWS="1500")
    database.wait_for_looks(3)
    require_once(host.journal.events("repeated", **about), "the alert that is reported again")
    require_once(host.journal.events("raised", **about), "the alert")


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
    summary = host.journal.wait_for("many", ALERT="found")
    require_fields(summary, COUNT="2000", RULE="unindexed", COLLECTION="vecs.c1234", DATABASE="app")
    for words in ("2,000", "unindexed", "vecs.c1234"):
        require(words in summary["MESSAGE"], f"the summary does not speak of {words}: {summary['MESSAGE']}")
    host.service.wait_for_status(re.compile(r"^1 database, 2,000 collections; 2,000 findings"))
    database.wait_for_looks(2)
    require_few(host)

    # What is resolved at once is a summary too.
    host.journal.skip()
    rules["unindexed"] = {"mode": "off"}
    host.service.configure(host.service.configuration(rules=rules))
    host.service.reload()
    require_fields(host.journal.wait_for("many", ALERT="resolved"), COUNT="2000")
    database.wait_for_looks(2)
    require_few(host)


def require_few(host):
    entries = host.journal.of_service()
    require(len(entries) <= 10, f"{len(entries)} messages are a flood: {messages(entries[:30])}")
