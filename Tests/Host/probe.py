"""Tries things in the place of a process of the host: in its namespaces, as its user, without privileges.

No program is started for that, since the sandbox of a service lets none be.
"""

import ctypes
import errno
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from host import Failure

LIBC = ctypes.CDLL(None, use_errno=True)
NO_NEW_PRIVILEGES = 38


class Probe:
    """What a process, known by its number outside of the host, is let do to files and sockets."""

    def __init__(self, process):
        self.process = process
        status = Path(f"/proc/{process}/status").read_text()
        self.user, self.group = (
            int(re.search(rf"^{name}:\t(\d+)", status, re.MULTILINE).group(1)) for name in ("Uid", "Gid")
        )
        self.groups = [int(group) for group in re.search(r"^Groups:(.*)", status, re.MULTILINE).group(1).split()]

    def read(self, path):
        return self.attempt(lambda: open(path, "rb").read(1))

    def append(self, path):
        return self.attempt(lambda: open(path, "ab").close())

    def create(self, path):
        def create():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(path)

        return self.attempt(create)

    def list(self, path):
        """"yes" if there is something to be seen in a folder."""
        def list_something():
            if not os.listdir(path):
                raise OSError(errno.ENOENT, "nothing")

        return self.attempt(list_something)

    def connect(self, path, kind=socket.SOCK_STREAM):
        return self.attempt(lambda: socket.socket(socket.AF_UNIX, kind).connect(path))

    def attempt(self, action):
        """Does something in a process of its own. "yes" if that went well, else the name of the error."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, self.try_in_its_place(action).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        if not answer or answer.startswith("cannot"):
            raise Failure(f"nothing can be tried in the place of process {self.process}: {answer}")
        return answer

    def try_in_its_place(self, action):
        try:
            signal.alarm(20)
            # The mounts before the users: what may be done to the mounts is for who is root outside.
            # Among the users of a service, nobody may change groups.
            os.setgroups(self.groups)
            own = os.stat("/proc/self/ns/user").st_ino
            spaces = [os.open(f"/proc/{self.process}/ns/{name}", os.O_RDONLY) for name in ("net", "ipc", "mnt", "user")]
            for space in spaces:
                # It is an error to enter those users that one is among.
                if os.fstat(space).st_ino != own and LIBC.setns(space, 0) != 0:
                    return f"cannot enter a namespace: {os.strerror(ctypes.get_errno())}"
                os.close(space)
            os.setresgid(self.group, self.group, self.group)
            os.setresuid(self.user, self.user, self.user)
            if LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
                return "cannot do without new privileges"
        except OSError as error:
            return f"cannot become its user: {error}"
        try:
            action()
            return "yes"
        except OSError as error:
            return errno.errorcode.get(error.errno, str(error))


def sockets(process):
    """The paths of those that the Unix sockets of a process are connected to, and what other sockets it has."""
    own = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        target = os.readlink(descriptor)
        if target.startswith("socket:["):
            own.add(target.removeprefix("socket:[").removesuffix("]"))
    listed = subprocess.run(
        ["nsenter", f"--target={process}", "--net", "ss", "--no-header", "--unix", "--all"],
        capture_output=True, encoding="utf-8", check=True,
    ).stdout
    # Kind, state, two lengths, then path and number of the socket, and of its peer.
    rows = {fields[5]: fields for fields in map(str.split, listed.splitlines()) if len(fields) >= 8}
    connected, others = [], []
    for number in own:
        kind, state, _, _, path, _, _, peer = rows[number][:8] if number in rows else ["?"] * 8
        if peer in rows and rows[peer][4] != "*":
            connected.append(rows[peer][4])
        else:
            others.append(f"{kind} {state} {path}")
    return sorted(connected), sorted(others)
