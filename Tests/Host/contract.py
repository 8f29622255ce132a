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

# What the field ALERT of a finding's messages is, by the names that the tests call the events.
ALERTS = {"raised": "found", "worse": "worse", "repeated": "still", "resolved": "resolved"}

# The subjects of the catalog's entries, likewise. An alert has the entry of its rule.
SUBJECTS = {
    "unindexed": "A collection has no index",
    "outgrown": "A collection has outgrown its index",
    "advisory": "A version with a known bug",
    "resolved": "Finding resolved",
    "many": "Many findings at once",
    "queued": "Job queued",
    "begins": "Job begins",
    "resumes": "Job resumes",
    "step": "Job step",
    "waits for others": "A build waits for other sessions",
    "left": "A job continues in the server",
    "done": "Job done",
    "failed": "Job failed",
    "postponed": "Job waits for the next try",
    "cancelled": "Job cancelled",
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
            found |= {event: message for event, words in SUBJECTS.items() if words == subject}
            message = None
    return found
