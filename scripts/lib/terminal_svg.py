"""Runs a command in a terminal of its own, and draws what it printed there as an SVG.

usage: terminal_svg.py FILE COLUMNS TITLE COMMAND...

TITLE is what a person would have typed. It stands above the output, and names the picture for those who cannot see it;
what the command printed is the description.
"""

import fcntl
import html
import os
import pty
import re
import signal
import struct
import sys
import termios

# Ctrl-C ends it without a stack trace.
signal.signal(signal.SIGINT, signal.SIG_DFL)

# Colours of a dark terminal, which GitHub's light and dark pages both show well.
BACKGROUND, BORDER, TEXT = "#0d1117", "#3d444d", "#d1d7e0"
# By the parameter of the escape sequence that sets it.
STYLES = {
    "1": ("bold", "fill: #f0f6fc; font-weight: 600"),
    "2": ("dim", "fill: #9198a1"),
    "31": ("red", "fill: #ff7b72"),
    "32": ("green", "fill: #56d364"),
    "33": ("yellow", "fill: #e3b341"),
    "36": ("cyan", "fill: #56d4dd"),
}
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
FONT_SIZE, ADVANCE, LINE, MARGIN = 13, 7.8, 18, 16
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")
WORDS = re.compile(r"[^ ]+(?: [^ ]+)*")


def output_of(command, columns):
    """What a command prints on a terminal of so many columns, and its exit code."""
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        try:
            os.execvpe(command[0], command, dict(environment, TERM="xterm"))
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", flush=True)
            os._exit(127)
    printed = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        # Linux says so where the last process has closed the terminal.
        except OSError:
            break
        if not part:
            break
        printed += part
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return printed.decode().replace("\r\n", "\n").rstrip("\n"), status


def wrapped(line, columns):
    """A line as a terminal breaks it, which takes no regard to words. Only lines without colours are ever longer."""
    if len(ESCAPE.sub("", line)) <= columns or ESCAPE.search(line):
        return [line]
    return [line[first : first + columns] for first in range(0, len(line), columns)]


def runs(line):
    """The parts of a line that have one style each and no wide gap: the column where it begins, the style, the text."""
    column, style, found = 0, None, []
    # Text and the parameters of escape sequences come in turns.
    for number, part in enumerate(ESCAPE.split(line)):
        if number % 2 == 1:
            style = STYLES.get(part, (None,))[0]
        else:
            found += [(column + words.start(), style, words[0]) for words in WORDS.finditer(part)]
            column += len(part)
    return found


def drawn(line, baseline):
    """The elements of a line. Each has its width, so that columns stay aligned in whatever font there is."""
    for column, style, text in runs(line):
        attributes = f' class="{style}"' if style else ""
        yield (
            f'<text x="{MARGIN + column * ADVANCE:.1f}" y="{baseline}" textLength="{len(text) * ADVANCE:.1f}"'
            f' lengthAdjust="spacingAndGlyphs"{attributes}>{html.escape(text, quote=False)}</text>'
        )


def picture(title, printed, columns):
    lines = [f"\x1b[2m$\x1b[0m \x1b[1m{title}\x1b[0m", ""]
    for line in printed.split("\n"):
        lines += wrapped(line, columns)
    width, height = 2 * MARGIN + columns * ADVANCE, 2 * MARGIN + len(lines) * LINE
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}"'
    yield '     role="img" aria-labelledby="title description">'
    yield f'<title id="title">{html.escape(title, quote=False)}</title>'
    yield f'<desc id="description">{html.escape(ESCAPE.sub("", printed), quote=False)}</desc>'
    yield "<style>"
    yield f"text {{ font: {FONT_SIZE}px {FONT}; fill: {TEXT}; white-space: pre }}"
    yield from (f".{name} {{ {rules} }}" for name, rules in STYLES.values())
    yield "</style>"
    yield f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="8" fill="{BACKGROUND}" stroke="{BORDER}"/>'
    for number, line in enumerate(lines):
        yield from drawn(line, MARGIN + number * LINE + FONT_SIZE)
    yield "</svg>"


def main():
    file, columns, title, command = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    printed, status = output_of(command, columns)
    if status != 0:
        sys.exit(f"{command[0]} ended with {status}:\n{printed}")
    with open(file, "w") as output:
        output.write("\n".join(picture(title, printed, columns)) + "\n")


if __name__ == "__main__":
    main()
