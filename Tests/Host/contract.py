"""What vecsteward promises to whoever reads the journal of a host, in one place."""

IDENTIFIER = "vecsteward"
UNIT = "vecsteward.service"
REPORT_UNIT = "vecsteward-report.service"
TIMER = "vecsteward-report.timer"
USER = "vecsteward"
CONFIGURATION = "/etc/vecsteward/config.json"
CATALOG = "/usr/lib/systemd/catalog/vecsteward.catalog"
RUNTIME_FOLDER = "/run/vecsteward"
STATE_FOLDER = "/var/lib/vecsteward"

# How the subjects of the catalog's entries begin, by the names that the tests call the events.
SUBJECTS = {
    "raised": "Finding raised",
    "worse": "Finding got worse",
    "resolved": "Finding resolved",
    "many": "Many findings",
    "queued": "Job queued",
    "begins": "Job begins",
    "goes on": "Job goes on",
    "step": "Job step",
    "done": "Job done",
    "failed": "Job failed",
    "waits": "Job waits to be tried again",
    "called off": "Job called off",
    "reloaded": "Configuration reloaded",
    "refused": "Configuration refused",
    "out of reach": "Database out of reach",
    "back": "Database is back",
}


def message_ids(catalog):
    """The message IDs of a catalog's text, by the name of the event."""
    found = {}
    message = None
    for line in catalog.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "--" and len(words[1]) == 32:
            message = words[1]
        elif message and line.startswith("Subject:"):
            subject = line.removeprefix("Subject:").strip()
            for event, beginning in SUBJECTS.items():
                if subject.startswith(beginning):
                    found[event] = message
            message = None
    return found
