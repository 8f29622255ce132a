"""Writes the manual pages of vecsteward, from what the program says of itself.

usage: manual_pages.py PROGRAM FOLDER

PROGRAM is a built vecsteward. FOLDER gets vecsteward.1 and a page for each command, such as vecsteward-run.1. The pages are
dated by SOURCE_DATE_EPOCH, so that the same program always gives the same pages.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

SEE_ALSO = [("psql", "1"), ("journalctl", "1"), ("systemctl", "1")]
FILES = [
    ("/etc/vecsteward/config.json", "the configuration of the daemon, described in configuration.md"),
    ("/etc/vecsteward/pgpass", "passwords for the daemon, in the form of libpq's .pgpass; only root needs to read it"),
    ("/etc/vecsteward/pg_service.conf", "connection services for the daemon; only root needs to read it"),
    ("/var/lib/vecsteward/report.json", "the report that vecsteward-report.timer has made"),
    ("/usr/share/doc/vecsteward", "configuration.md, installation.md, operations.md, rules.md, report.md"),
]


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    manual = Manual(program)
    for path in manual.paths():
        (folder / f"{'-'.join(path)}.1").write_text(manual.page(path), encoding="utf-8")


class Manual:
    """What a program says of itself, and the pages made of it."""

    def __init__(self, program: str):
        self.program = program
        self.root = json.loads(output(program, "--experimental-dump-help"))["command"]
        self.version = output(program, "--version").split()[-1]
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
        self.date = time.strftime("%Y-%m-%d", time.gmtime(epoch))

    def paths(self) -> list[tuple[str, ...]]:
        """The commands that have a page, each with the names of those that it belongs to."""

        def below(command: dict, path: tuple[str, ...]) -> list[tuple[str, ...]]:
            found = [path]
            for sub in commands(command):
                found += below(sub, (*path, sub["commandName"]))
            return found

        return below(self.root, (self.root["commandName"],))

    def command(self, path: tuple[str, ...]) -> dict:
        command = self.root
        for name in path[1:]:
            command = next(sub for sub in commands(command) if sub["commandName"] == name)
        return command

    def page(self, path: tuple[str, ...]) -> str:
        command = self.command(path)
        name = "-".join(path)
        abstract = command["abstract"].rstrip(".")
        sections = sections_of(command.get("discussion", ""))
        lines = [
            f'.TH {escape(name.upper())} 1 {escape(self.date)} "vecsteward {escape(self.version)}" "User Commands"',
            # No hyphenation, and no stretching of lines to an even right margin.
            ".nh",
            ".ad l",
            ".SH NAME",
            f"{escape(name)} \\- {escape(abstract[0].lower() + abstract[1:])}",
            ".SH SYNOPSIS",
            *(line for usage in self.synopsis(path) for line in synopsis_lines(usage, path)),
            ".SH DESCRIPTION",
            *sections.pop("DESCRIPTION", [escape(command["abstract"])]),
        ]
        displayed = [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]
        for title, kinds in [("ARGUMENTS", {"positional"}), ("OPTIONS", {"option", "flag"})]:
            arguments = [argument for argument in displayed if argument["kind"] in kinds]
            if arguments:
                lines += [f".SH {title}", *(line for argument in arguments for line in described(argument))]
        if commands(command):
            lines.append(".SH COMMANDS")
            for sub in commands(command):
                reference = f"{name}-{sub['commandName']}"
                lines += [".TP", f".BR {escape(reference)} (1)", sentence(sub["abstract"])]
        for title, body in sections.items():
            lines += [f'.SH "{escape(title)}"', *body]
        if len(path) == 1:
            lines.append(".SH FILES")
            for file, meaning in FILES:
                lines += [".TP", f".I {escape(file)}", sentence(meaning)]
        related = ["-".join(other) for other in self.paths() if other != path]
        pages = [(page, "1") for page in related] + SEE_ALSO
        lines.append(".SH SEE ALSO")
        for page, section in pages:
            comma = "," if (page, section) != pages[-1] else ""
            lines.append(f".BR {escape(page)} ({section}){comma}")
        return "\n".join(lines) + "\n"

    def synopsis(self, path: tuple[str, ...]) -> list[str]:
        """How to call a command, as its help says it: a paragraph that begins with USAGE."""
        # The help is wrapped for the terminal, and this has none.
        text = output(self.program, *path[1:], "--help")
        usage = re.search(r"^USAGE: (.*?)\n(?:\n|\Z)", text + "\n", re.DOTALL | re.MULTILINE)
        if usage is None:
            sys.exit(f"{' '.join(path)} --help does not say how it is used")
        return [line.strip() for line in usage.group(1).splitlines()]


def output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def commands(command: dict) -> list[dict]:
    """The commands of a command, but for the one that only shows the help."""
    return [sub for sub in command.get("subcommands", []) if sub["shouldDisplay"] and sub["commandName"] != "help"]


def synopsis_lines(usage: str, path: tuple[str, ...]) -> list[str]:
    """One way to call a command. What it begins with stays on the left of all that follows, and no brackets are torn apart."""
    head = next((" ".join(path[:n]) for n in range(len(path), 0, -1) if usage.startswith(" ".join(path[:n]))), "")
    arguments = re.sub(r"\[[^]]*\]", lambda option: option.group().replace(" ", "\0"), usage[len(head) :].strip())
    return [f'.SY "{escape(head)}"', escape(arguments).replace("\0", "\\ "), ".YS"]


def described(argument: dict) -> list[str]:
    value = f"\\fI{escape(argument['valueName'])}\\fR"
    if argument["kind"] == "positional":
        head = value
    else:
        names = [escape(("-" if name["kind"] == "short" else "--") + name["name"]) for name in argument["names"]]
        head = ", ".join(f"\\fB{name}\\fR" for name in names)
        if argument["kind"] == "option":
            head += f" {value}"
    lines = [".TP", head, sentence(argument.get("abstract", ""))]
    if argument.get("allValues"):
        values = [f"\\fB{escape(value)}\\fR" for value in argument["allValues"]]
        lines.append(f"It is one of {', '.join(values[:-1])} and {values[-1]}.")
    if argument.get("defaultValue"):
        lines.append(f"The default is \\fB{escape(argument['defaultValue'])}\\fR.")
    if argument.get("discussion"):
        lines += [".IP", *paragraphs(argument["discussion"])]
    return lines


def sections_of(discussion: str) -> dict[str, list[str]]:
    """The body of each section: a line like `EXIT CODES:` begins one, and what stands before the first is the description."""
    sections: dict[str, list[str]] = {}
    title, gathered = "DESCRIPTION", []
    for line in [*discussion.splitlines(), None]:
        heading = line is not None and re.fullmatch(r"([A-Z][A-Z ]+):", line)
        if line is None or heading:
            body = "\n".join(gathered).strip("\n")
            if body:
                sections[title] = paragraphs(body)
            if heading:
                title, gathered = heading.group(1), []
        else:
            gathered.append(line)
    return sections


def paragraphs(text: str) -> list[str]:
    """Running text, `number  meaning` and a line with deeper ones below it: as paragraphs and as tagged ones."""
    lines = text.splitlines()
    result: list[str] = []
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        numbered = re.fullmatch(r" +(\d+)  (.+)", line)
        if not line.strip():
            result.append(".PP")
        elif numbered:
            result += [".TP", f"\\fB{numbered.group(1)}\\fR", sentence(numbered.group(2))]
        elif 0 < depth(line) < depth(following):
            result += [".TP", f"\\fB{escape(line.strip())}\\fR"]
        else:
            result.append(escape(line.strip()))
    return result


def depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def sentence(text: str) -> str:
    """Text with a capital letter and a full stop, unless it begins with a name."""
    text = text.strip()
    if re.match(r"[a-z]+\b(?![-./])", text):
        text = text[0].upper() + text[1:]
    if text and text[-1] not in ".:)":
        text += "."
    return escape(text)


def escape(text: str) -> str:
    """Text as troff takes it: a hyphen that can be copied into a shell, and no line that begins with a control character."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace('"', "\\(dq").replace("…", "...")
    return f"\\&{text}" if text.startswith(".") else text


if __name__ == "__main__":
    main()
