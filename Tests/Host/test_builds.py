"""The service works its queue off, and what interrupts it costs no build."""

import re

import contract
from expectations import require, require_equal, require_fields, require_number, require_once
from host import wait_until
from journal import time_of

WORK = {"COLLECTION": "vecs.docs", "DATABASE": "app"}
BUILDS = re.compile(r"^1 database, 1 collection; rebuilding vecs\.docs: waiting for old snapshots")


def begin_with_an_outgrown_collection(host, **settings):
    """Lets a collection outgrow its index under the eyes of the service, and holds the rebuild at its end.

    The database, the snapshot that holds the build, and the name of the old index.
    """
    database = host.database()
    database.create_collection("docs", 1500)
    old = database.create_ivfflat("docs")
    database.grant()
    database.count_builds()
    host.service.configure(host.service.configuration(**settings))
    host.service.start()
    database.wait_for_looks(1)
    snapshot = database.hold_snapshot()
    database.grow("docs", 2500)
    database.wait_for_build()
    return database, snapshot, old


def require_rebuilt_by_one_job(host, database, old):
    """What a person finds at the end: one index, larger, under a name that vecs knows, and one job that is done."""
    done = host.journal.wait_for("done", within=60, JOB_KIND="rebuild_index", **WORK)
    resolved = host.journal.wait_for("resolved", RULE="outgrown", **WORK)
    require(time_of(resolved) > time_of(done), "the finding was reported as resolved before the job was done")
    for event in ("raised", "resolved"):
        require_once(host.journal.events(event, RULE="outgrown"), event)
    usable, unusable = database.indexes("docs")
    require_equal(unusable, [], "unusable indexes")
    require(len(usable) == 1 and usable[0].startswith("ix_vector_cosine_ops_ivfflat_nl"), f"the indexes are {usable}")
    # It keeps the name where that still says the lists.
    require(database.is_rebuilt(old), "the index is the old one")
    jobs = database.sql("SELECT id, state FROM vecsteward.job WHERE kind LIKE 're%' OR kind LIKE 'create%'")
    require_equal([row[1] for row in jobs], ["done"], "the states of the jobs that build")
    require_fields(done, JOB_ID=jobs[0][0], INDEX=usable[0])
    return done


def test_an_outgrown_collection_is_rebuilt_and_the_journal_tells_it_from_plan_to_swap(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    raised = host.journal.wait_for("raised", RULE="outgrown", **WORK)
    require_fields(raised, INDEX=old)
    require_number(raised, "BASELINE_ROWS", 1500, 1500)
    require_number(raised, "ROWS", 3900, 4100)
    queued = host.journal.wait_for("queued", **WORK)
    job = queued["JOB_ID"]
    begins = host.journal.wait_for("begins", JOB_ID=job)
    require_fields(begins, RULE="outgrown", **WORK)
    host.service.wait_for_status(BUILDS)
    # What holds it up is reported with the process that does.
    holder = database.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'holds a snapshot'")
    host.journal.wait_for("waits for others", JOB_ID=job, PROCESS_ID=holder)
    snapshot.release()
    require_rebuilt_by_one_job(host, database, old)
    host.service.wait_for_status(re.compile("^1 database, 1 collection; (nothing to do|[123] findings?)$"))
    entries = host.journal.of_service()
    order = [host.journal.message_id(name) for name in ("outgrown", "queued", "begins", "step", "done", "resolved")]
    about = [entry["MESSAGE_ID"] for entry in entries if entry.get("MESSAGE_ID") in order
             and (entry.get("JOB_ID") == job or entry.get("RULE") == "outgrown")]
    require_equal(list(dict.fromkeys(about)), order, "what the journal tells, in its order")
    steps = [entry["JOB_STATE"] for entry in host.journal.events("step", JOB_ID=job)]
    require_equal(steps, ["running", "proving", "swapping", "cleaning"], "the steps of the job")
    require_equal(database.builds(), 1, "builds")


def test_a_restart_in_the_middle_of_a_build_adopts_it(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    builder = database.wait_for_build()
    before = host.service.process()
    host.service.restart()
    require(host.service.process() != before, "it is the same process")
    host.service.require_active()
    host.journal.wait_for("resumes", **WORK)
    host.service.wait_for_status(BUILDS)
    require_equal(database.wait_for_build(), builder, "the process that builds")
    snapshot.release()
    require_rebuilt_by_one_job(host, database, old)
    require_equal(database.builds(), 1, "builds")
    require_equal(database.value("SELECT max(attempts) FROM vecsteward.job"), "1", "attempts")


def test_a_reload_in_the_middle_of_a_build_does_not_touch_it(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    builder = database.wait_for_build()
    process = host.service.process()
    host.service.configure(host.service.configuration(rules={"unindexed": {"minimumRows": 5}}))
    host.service.reload()
    host.journal.wait_for("reloaded")
    require_equal(host.service.process(), process, "the process of the service")
    require_equal(database.wait_for_build(), builder, "the process that builds")
    snapshot.release()
    require_rebuilt_by_one_job(host, database, old)
    require_equal(database.builds(), 1, "builds")


def test_a_stop_in_the_middle_of_a_build_takes_seconds_and_leaves_the_build(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    builder = database.wait_for_build()
    host.service.stop(within=10)
    require_equal(host.service.property("ActiveState"), "inactive", "the service")
    require_equal(host.service.property("Result"), "success", "how it ended")
    require_equal(database.wait_for_build(), builder, "the process that builds")
    snapshot.release()
    host.service.start()
    require_rebuilt_by_one_job(host, database, old)
    require_equal(database.builds(), 1, "builds")


def test_a_stop_cancels_the_build_where_the_configuration_says_so(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host, maintenance={"onStop": "cancel"})
    host.service.stop(within=20)
    require_equal(host.service.property("Result"), "success", "how it ended")
    require_equal(database.indexes("docs"), ([old], []), "the indexes")
    snapshot.release()
    host.service.start()
    require_rebuilt_by_one_job(host, database, old)


def test_a_hung_daemon_is_restarted_by_the_watchdog_and_its_build_adopted(host):
    host.service.override(WatchdogSec="4s", RestartSec="200ms", TimeoutAbortSec="2s")
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    builder = database.wait_for_build()
    process = host.service.process()
    # It lives on while the build waits for longer than the watchdog does.
    for _ in range(4):
        fed = host.service.property("WatchdogTimestampMonotonic")
        wait_until("the watchdog is fed", lambda: host.service.property("WatchdogTimestampMonotonic") != fed)
    database.wait_for_looks(6)
    require_equal(host.service.process(), process, "the process of the service after 6 s of build")
    host.run("kill", "-STOP", process)
    wait_until("another process has its place", lambda: host.service.process() not in (0, process), within=30)
    host.service.wait_until_active()
    ended = host.journal.read(f"UNIT={contract.UNIT}", "UNIT_RESULT=watchdog")
    require(ended, "the journal does not say that the watchdog ended it")
    host.journal.wait_for("resumes", **WORK)
    require_equal(database.wait_for_build(), builder, "the process that builds")
    snapshot.release()
    require_rebuilt_by_one_job(host, database, old)
    require_equal(database.builds(), 1, "builds")


def test_a_server_that_hangs_is_no_reason_for_the_watchdog(host):
    """A poll that gets no answer ends by its own limits, so the other databases are served on."""
    host.service.override(WatchdogSec="6s")
    database = host.database()
    database.create_collection("docs", 10)
    database.grant()
    host.service.configure(host.service.configuration(statementTimeout="1s", connectTimeout="1s"))
    host.service.start()
    process = host.service.process()
    server = int(host.read("/var/lib/postgresql/17/main/postmaster.pid").split()[0])
    sessions = [row[0] for row in database.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'vecsteward'")]
    host.run("kill", "-STOP", server, *sessions)
    host.journal.wait_for("out of reach", within=30, DATABASE="app")
    host.run("sleep", 8)
    require_equal(host.service.process(), process, "the process of the service")
    host.run("kill", "-CONT", server, *sessions)
    host.journal.wait_for("back", within=30, DATABASE="app")
    host.service.wait_for_status(re.compile("^1 database, 1 collection; nothing to do"))


def test_a_server_that_stops_in_the_middle_of_a_build_finds_its_queue_again(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    process = host.service.process()
    host.run("systemctl", "stop", "postgresql@17-main.service")
    snapshot.release()
    lost = host.journal.wait_for("out of reach", DATABASE="app")
    require_number(lost, "PRIORITY", 1, 4)
    host.service.wait_for_status(re.compile("; out of reach: app;"))
    host.service.require_active()
    host.run("systemctl", "start", "postgresql@17-main.service")
    host.journal.wait_for("back", within=30, DATABASE="app")
    require_rebuilt_by_one_job(host, database, old)
    require_once(host.journal.events("out of reach"), "the loss of the server")
    require_once(host.journal.events("back"), "the return of the server")
    require_equal(host.service.process(), process, "the process of the service")


def test_a_reboot_in_the_middle_of_a_build_finds_its_queue_again(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    host.run("systemctl", "enable", contract.UNIT)
    host.reboot()
    snapshot.release()
    host.service.wait_until_active()
    require_rebuilt_by_one_job(host, database, old)


def test_a_power_cut_in_the_middle_of_a_build_finds_its_queue_again(host):
    database, snapshot, old = begin_with_an_outgrown_collection(host)
    host.run("systemctl", "enable", contract.UNIT)
    host.cut_power()
    snapshot.release()
    host.boot()
    host.service.wait_until_active()
    require_rebuilt_by_one_job(host, database, old)
