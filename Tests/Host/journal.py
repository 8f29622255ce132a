"""The journal of a host, read by the host's own journalctl."""

import json

import contract
from host import Failure, wait_until


class Journal:
    """What was written to the journal of one host."""

    def __init__(self, host):
        self.host = host
        self.cursor = None
        self.known_messages = None

    def message_id(self, event):
        if self.known_messages is None:
            self.known_messages = contract.message_ids(self.host.read(contract.CATALOG))
        if event not in self.known_messages:
            raise Failure(f"the catalog has no entry with the subject {contract.SUBJECTS[event]!r}")
        return self.known_messages[event]

    def skip(self):
        """From here on, only what is written later is there."""
        self.cursor = None
        last = self.read("--lines=1")
        self.cursor = last[-1]["__CURSOR"] if last else None

    def read(self, *arguments):
        """Entries as journalctl gives them. A field that is no text, or stands more than once, is a list."""
        since = [f"--after-cursor={self.cursor}"] if self.cursor else []
        text = self.host.run("journalctl", "--output=json", "--all", "--no-pager", "--quiet", *since, *arguments).output
        return [json.loads(line) for line in text.splitlines()]

    def of_service(self):
        """Everything that the service wrote, and nobody else."""
        return self.read(f"SYSLOG_IDENTIFIER={contract.IDENTIFIER}")

    def events(self, event, **fields):
        """The entries of one kind whose fields have these values."""
        if event in contract.ALERTS:
            fields["ALERT"] = contract.ALERTS[event]
        else:
            fields["MESSAGE_ID"] = self.message_id(event)
        return [entry for entry in self.of_service() if fits(entry, fields)]

    def wait_for(self, event, within=20.0, **fields):
        """The first such entry, as soon as it is there."""
        what = f"the journal has {event!r} of {fields}" if fields else f"the journal has {event!r}"
        return wait_until(what, lambda: self.events(event, **fields), within)[0]

    def wait_for_line(self, pattern, within=20.0):
        """The first entry of the service whose message fits a regular expression."""
        return wait_until(
            f"the journal has a line like {pattern!r}",
            lambda: [entry for entry in self.of_service() if pattern.search(message_of(entry))], within,
        )[0]

    def explained(self, entry):
        """What `journalctl -x` says of an entry."""
        only = (f"--cursor={entry['__CURSOR']}", "--lines=1")
        return self.host.run("journalctl", "-x", "--no-pager", "--quiet", *only).output

    def tail(self, lines=30):
        """The last that the journal has of the service, as a person reads it."""
        of_service = ("--unit", contract.UNIT, "--unit", contract.REPORT_UNIT)
        return self.host.run("journalctl", "--no-pager", "--quiet", f"--lines={lines}", *of_service, check=False).output


def message_of(entry):
    message = entry.get("MESSAGE") or ""
    # What is no UTF-8, or has control characters, comes as a list of bytes.
    return bytes(message).decode(errors="replace") if isinstance(message, list) else message


def time_of(entry):
    """When it was written, in seconds."""
    return int(entry["__REALTIME_TIMESTAMP"]) / 1e6


def fits(entry, fields):
    return all(entry.get(name) == str(value) for name, value in fields.items())
