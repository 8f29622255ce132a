"""Installing, upgrading, removing and purging the package, as dpkg does it on a host."""

import json
import re

import contract
from expectations import require, require_equal
from fleet import bare, install
from host import wait_until

EDITED = {"databases": [{"connection": "dbname=app"}], "poll": {"every": "1s"}}


@bare
def test_it_needs_nothing_that_is_not_on_the_host_and_brings_its_files(host):
    install(host)
    host.run("id", contract.USER)
    for program in ("--version", "--help"):
        host.run("vecsteward", program)
    linked = host.run("ldd", "/usr/bin/vecsteward").output
    require("not found" not in linked, f"libraries are missing:\n{linked}")
    host.run("vecsteward", "check-config", "--config", contract.CONFIGURATION, user=contract.USER)
    for unit in (contract.UNIT, contract.REPORT_UNIT, contract.TIMER):
        host.run("systemctl", "cat", unit)
    ours = contract.message_ids(host.read(contract.CATALOG))
    require_equal(sorted(ours), sorted(contract.SUBJECTS), "events in the catalog")
    known = host.run("journalctl", "--list-catalog", "--quiet").output
    require_equal([event for event, message in ours.items() if message not in known], [], "events journald knows not")
    require_equal(host.run("systemctl", "--failed", "--quiet", "--no-legend").output, "", "failed units")


@bare
def test_systemd_finds_no_fault_with_the_units_and_the_sandbox_is_tight(host):
    install(host)
    files = [host.run("systemctl", "show", "--value", "--property=FragmentPath", unit).output.strip()
             for unit in (contract.UNIT, contract.REPORT_UNIT, contract.TIMER)]
    verified = host.run("systemd-analyze", "verify", "--man=no", *files)
    require_equal(verified.output + verified.errors, "", "what systemd-analyze verify says")
    for file in files[:2]:
        text = host.run("systemd-analyze", "security", "--offline=true", "--no-pager", file).output
        exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", text).group(1))
        require(exposure <= 1.5, f"{file} has an exposure of {exposure}:\n{text}")


def test_an_upgrade_restarts_the_service_and_keeps_an_edited_configuration(host):
    database = host.database()
    old = database.create_outgrown("docs")
    database.grant()
    database.count_builds()
    host.service.configure(EDITED)
    edited = host.read(contract.CONFIGURATION)
    host.run("systemctl", "enable", contract.UNIT)
    snapshot = database.hold_snapshot()
    host.service.start()
    builder = database.wait_for_build()
    process = host.service.process()
    newer = host.repack(version="99.1")
    install(host, newer)
    require_equal(host.read(contract.CONFIGURATION), edited, "the configuration after the upgrade")
    wait_until("the service runs as another process", lambda: host.service.process() not in (0, process))
    host.service.wait_until_active()
    require_equal(host.service.enablement(), "enabled", "the unit")
    # The build that ran is finished, and not begun again.
    require_equal(database.wait_for_build(), builder, "the process that builds")
    snapshot.release()
    host.journal.wait_for("done", within=60, COLLECTION="vecs.docs", JOB_KIND="rebuild_index")
    require_equal(database.builds(), 1, "builds")
    require_equal(len(database.indexes("docs")[0]), 1, "usable indexes")
    require(database.is_rebuilt(old), "the old index is still there")


def test_an_upgrade_with_another_configuration_keeps_the_edited_one(host):
    host.service.configure(EDITED)
    edited = host.read(contract.CONFIGURATION)
    newer = host.repack(version="99.1", configuration=json.dumps({"databases": [{"connection": "dbname=elsewhere"}]}))
    install(host, newer, "--force-confold")
    require_equal(host.read(contract.CONFIGURATION), edited, "the configuration after the upgrade")
    require("elsewhere" in host.read(f"{contract.CONFIGURATION}.dpkg-dist"), "the new one does not lie beside it")


def test_an_upgrade_starts_no_service_that_somebody_has_stopped(host):
    host.service.configure(EDITED)
    host.run("systemctl", "disable", "--now", contract.UNIT)
    install(host, host.repack(version="99.1"))
    require_equal(host.service.property("ActiveState"), "inactive", "the service after the upgrade")
    require_equal(host.service.enablement(), "disabled", "the unit")


def test_removal_keeps_the_state_and_purge_says_how_to_drop_it(host):
    database = host.database()
    database.create_outgrown("docs")
    database.grant()
    host.service.configure(EDITED)
    host.service.start()
    host.journal.wait_for("done", within=60, JOB_KIND="rebuild_index")
    process = host.service.process()
    # A measurement may be queued at any time.
    state = """
        SELECT
            (SELECT count(*) FROM vecsteward.build),
            (SELECT count(*) FROM vecsteward.job WHERE kind <> 'measure_recall')
    """
    kept = database.sql(state)

    host.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--remove", "vecsteward", within=120)
    require(not host.path(f"/proc/{process}").exists(), "the service still runs")
    require(host.path(contract.CONFIGURATION).exists(), "the configuration is gone")
    require(not host.path("/usr/bin/vecsteward").exists(), "the program is still there")
    require_equal(database.sql(state), kept, "builds and jobs in the record")

    purged = host.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--purge", "vecsteward", within=120)
    said = purged.output + purged.errors
    require("DROP SCHEMA vecsteward CASCADE" in said, f"purge says: {said}")
    for path in ("/etc/vecsteward", contract.STATE_FOLDER):
        require(not host.path(path).exists(), f"{path} is still there")
    require_equal(database.sql(state), kept, "builds and jobs in the record")
    require_equal(host.run("systemctl", "--failed", "--quiet", "--no-legend").output, "", "failed units")

    # Installed again, it uses the state that it finds.
    install(host)
    host.service.configure(EDITED)
    host.run("systemctl", "restart", contract.UNIT)
    host.service.wait_for_status(re.compile("^1 database, 1 collection; [123] findings?$"))
    require_equal(database.sql(state), kept, "builds and jobs in the record")
