"""What happens to the service when its configuration changes, is wrong, or names what is not there."""

import re

import contract
from expectations import require, require_equal, require_number, require_once
from host import wait_until


def start_on_a_database(host):
    database = host.database()
    database.create_collection("docs", 500)
    database.grant()
    host.service.configure(host.service.configuration())
    host.service.start()
    return database


def test_a_reload_takes_the_new_configuration_and_keeps_the_process(host):
    start_on_a_database(host)
    process = host.service.process()
    other = host.database("other").create()
    other.create_collection("pages", 20)
    other.grant()
    host.service.configure(host.service.configuration("app", "other", rules={"unindexed": {"minimumRows": 100}}))
    host.service.reload()
    reloaded = host.journal.wait_for("reloaded")
    require_number(reloaded, "PRIORITY", 5, 6)
    # Both the new database and the new threshold count.
    host.service.wait_for_status(re.compile("^2 databases, 2 collections"))
    host.journal.wait_for("raised", RULE="unindexed", COLLECTION="vecs.docs", DATABASE="app")
    require_equal(host.service.process(), process, "the process of the service")
    host.service.require_active()
    # And a database that is no longer named is let go.
    host.service.configure(host.service.configuration("other"))
    host.service.reload()
    host.service.wait_for_status(re.compile("^1 database, 1 collection;"))
    wait_until("no session is left in the database that is no longer named", lambda: other.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app' AND usename = 'vecsteward'") == "0")


def test_a_reload_refuses_a_broken_configuration_and_keeps_the_old_one(host):
    start_on_a_database(host)
    process = host.service.process()
    wrong = host.service.configuration(rules={"unindexed": {"minimumRow": 100}})
    for text, named in ((wrong, "minimumRows"), ('{ "databases": [', contract.CONFIGURATION)):
        host.journal.skip()
        host.service.configure(text)
        host.service.reload(check=False)
        refused = host.journal.wait_for("refused")
        require_number(refused, "PRIORITY", 1, 4)
        require(named in refused["MESSAGE"], f"the message does not name {named}: {refused['MESSAGE']}")
        status = host.service.wait_for_status(re.compile("; the configuration file is invalid: "))
        require(re.match("1 database, 1 collection", status), f"the status does not say what is managed: {status}")
        host.service.require_active()
        require_equal(host.service.process(), process, "the process of the service")
    # Fixed, it is taken, and the status says nothing of it any more.
    host.service.configure(host.service.configuration(rules={"unindexed": {"minimumRows": 100}}))
    host.service.reload()
    host.journal.wait_for("raised", RULE="unindexed")
    status = host.service.wait_for_status(re.compile("^1 database, 1 collection"))
    require("configuration" not in status.lower(), f"the status still speaks of the configuration: {status}")


def test_a_start_with_a_broken_configuration_fails_for_good_and_says_why(host):
    host.service.configure('{ "databasis": [] }')
    failed = host.run("systemctl", "start", contract.UNIT, check=False)
    require(failed.status != 0, "the service starts with a configuration that is wrong")
    require_equal(host.service.property("ExecMainStatus"), "78", "the exit code")
    require_equal(host.service.property("NRestarts"), "0", "restarts, which could not help")
    host.journal.wait_for_line(re.compile("databasis"))


def test_a_database_that_does_not_exist_keeps_no_other_from_being_served(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration("app", "nowhere"))
    host.service.start()
    host.journal.wait_for("raised", RULE="unindexed", DATABASE="app")
    lost = host.journal.wait_for("out of reach", DATABASE="nowhere")
    require("nowhere" in lost["MESSAGE"], f"the message does not name the database: {lost['MESSAGE']}")
    host.service.wait_for_status(re.compile("; out of reach: nowhere;"))
    host.service.require_active()
    require_once(host.journal.events("out of reach"), "the message")
    # Made, it is served without a restart.
    nowhere = host.database("nowhere").create()
    nowhere.create_collection("pages", 20)
    nowhere.grant()
    host.journal.wait_for("back", within=90, DATABASE="nowhere")
    host.service.wait_for_status(re.compile("^2 databases, 2 collections"))


def test_peer_authentication_and_the_printed_grants_are_enough(host):
    """With the packaged user and what `grants` prints, all is done, and no message speaks of a privilege."""
    database = host.database()
    database.create_outgrown("docs")
    database.create_collection("notes", 2000)
    database.grant()
    host.service.configure(host.service.configuration(rules={"unindexed": {"mode": "act"}}, index={"measure": "cosine_distance"}))
    host.service.start()
    for name in ("docs", "notes"):
        host.journal.wait_for("done", within=60, COLLECTION=f"vecs.{name}")
    role = database.sql("""
        SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = 'vecsteward'
    """)
    require_equal(role, [["f", "f", "f", "f"]], "what the role may do beside its work")
    for entry in host.journal.of_service():
        message = entry["MESSAGE"]
        require("permission" not in message and "privilege" not in message, f"it lacks something: {message}")
        require("SQLSTATE" not in entry, f"something went wrong: {message}")


def test_the_report_is_written_by_its_timer_and_its_unit(host):
    database = host.database()
    database.create_collection("docs", 1500)
    database.grant()
    host.service.configure(host.service.configuration())
    host.run("systemctl", "start", contract.REPORT_UNIT)
    require_equal(
        host.run("systemctl", "show", "--value", "--property=Result", contract.REPORT_UNIT).output.strip(), "success",
        "how the report's unit ended",
    )
    reports = [file for file in host.path(contract.STATE_FOLDER).rglob("*") if file.is_file()]
    require(any("vecs.docs" in file.read_text(errors="replace") or '"docs"' in file.read_text(errors="replace")
                for file in reports), f"no file in {contract.STATE_FOLDER} has the collection: {reports}")
    host.run("systemctl", "enable", "--now", contract.TIMER)
    timers = host.run("systemctl", "list-timers", "--no-pager", contract.TIMER).output
    require(contract.REPORT_UNIT in timers, f"the timer does not start the report:\n{timers}")
