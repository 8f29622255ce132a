"""Reads Swift sources as far as the checks of this folder need it."""

import re

STRING = re.compile(r'(#*)("""|")')
REGEX = re.compile(r"(#+)/.*?/\1", re.DOTALL)
BARE_REGEX = re.compile(r"/(?=\S)(?:\\.|[^\\/\n])+/")
# What stands before a regular expression, and not before a division.
BEFORE_REGEX = re.compile(r"[=(,:\[{]\s*$")
QUOTED_NAME = re.compile(r"`[^`\n]+`")


def code(source):
    """The source with comments, the text of strings and regular expressions as blanks; the code inside of strings and all line
    breaks are kept."""
    result = []

    def blank(start, end):
        result.append(re.sub(r"[^\n]", " ", source[start:end]))
        return end

    def skip_string(start):
        opening = STRING.match(source, start)
        hashes, quotes = opening.groups()
        escape = "\\" + hashes
        position = blank(start, opening.end())
        while position < len(source) and not source.startswith(quotes + hashes, position):
            if source.startswith(escape + "(", position):
                position = copy(blank(position, position + len(escape) + 1), ")")
                result.append(" ")
            elif source.startswith(escape, position):
                position = blank(position, position + len(escape) + 1)
            elif source[position] == "\n" and quotes == '"':
                return position
            else:
                position = blank(position, position + 1)
        return blank(position, position + len(quotes + hashes))

    def skip_comment(start):
        depth, position = 1, start + 2
        while position < len(source) and depth > 0:
            if source.startswith(("/*", "*/"), position):
                depth += 1 if source[position] == "/" else -1
                position += 2
            else:
                position += 1
        return blank(start, position)

    def copy(position, end=None):
        depth = 0
        while position < len(source):
            character = source[position]
            if source.startswith("//", position):
                line_end = source.find("\n", position)
                position = blank(position, len(source) if line_end < 0 else line_end)
            elif source.startswith("/*", position):
                position = skip_comment(position)
            elif STRING.match(source, position):
                position = skip_string(position)
            elif match := REGEX.match(source, position):
                position = blank(position, match.end())
            elif character == "/" and BEFORE_REGEX.search("".join(result[-40:])) and (
                match := BARE_REGEX.match(source, position)
            ):
                position = blank(position, match.end())
            elif match := QUOTED_NAME.match(source, position):
                result.append(match[0])
                position = match.end()
            elif character == end and depth == 0:
                return position + 1
            else:
                depth += {"(": 1, ")": -1}.get(character, 0)
                result.append(character)
                position += 1
        return position

    copy(0)
    return "".join(result)
