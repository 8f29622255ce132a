"""The service on a host: its unit, its configuration and its process."""

import copy
import json

import contract
from host import Failure, wait_until


class Service:
    """vecsteward.service of one host, as systemctl knows it."""

    def __init__(self, host):
        self.host = host

    def start(self, within=30):
        self.host.run("systemctl", "start", contract.UNIT, within=within)

    def stop(self, within=30):
        self.host.run("systemctl", "stop", contract.UNIT, within=within)

    def restart(self, within=60):
        self.host.run("systemctl", "restart", contract.UNIT, within=within)

    def reload(self, check=True):
        return self.host.run("systemctl", "reload", contract.UNIT, check=check, within=30)

    def property(self, name):
        return self.host.run("systemctl", "show", "--value", f"--property={name}", contract.UNIT).output.strip()

    def is_active(self):
        return self.property("ActiveState") == "active"

    def require_active(self):
        state = self.property("ActiveState")
        if state != "active":
            raise Failure(f"the service is {state} ({self.property('Result')}), and not active")

    def status(self):
        """The sentence that `systemctl status` shows."""
        return self.property("StatusText")

    def wait_for_status(self, pattern, within=20):
        try:
            return wait_until(
                f"the status is like {pattern.pattern!r}",
                lambda: (pattern.search(text := self.status()) and text), within,
            )
        except Failure as failure:
            raise Failure(f"{failure}; it is {self.status()!r}") from None

    def process(self):
        """The number of its process, inside the host."""
        return int(self.property("MainPID"))

    def wait_until_active(self, within=30):
        wait_until("the service is active", self.is_active, within)

    def enablement(self):
        return self.host.run("systemctl", "is-enabled", contract.UNIT, check=False).output.strip()

    def override(self, **settings):
        """Sets settings of the unit that a test needs otherwise, as an operator would."""
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        self.host.write(f"/etc/systemd/system/{contract.UNIT}.d/test.conf", f"[Service]\n{lines}")
        self.host.run("systemctl", "daemon-reload")

    # Configuration

    def configure(self, configuration, path=contract.CONFIGURATION):
        """Writes the configuration in the place of the one that is there, which keeps its owner and mode."""
        text = configuration if isinstance(configuration, str) else json.dumps(configuration, indent=4) + "\n"
        self.host.path(path).write_text(text)

    def configuration(self, *databases, **settings):
        """A configuration for databases of the host that polls often and needs no network."""
        return copy.deepcopy({
            "databases": [{"connection": f"dbname={name}"} for name in databases or ["app"]],
            "poll": {"every": "1s"},
            **settings,
        })
