"""What the tests say of the things they compare."""

from host import Failure


def require(condition, words):
    if not condition:
        raise Failure(words)


def require_equal(actual, expected, what):
    require(actual == expected, f"{what}: {actual!r}, and not {expected!r}")


def require_fields(entry, **expected):
    """Fields of an entry of the journal; True stands for any value but none."""
    for name, value in expected.items():
        actual = entry.get(name)
        right = bool(actual) if value is True else actual == str(value)
        require(right, f"{name} is {actual!r}, and not {value!r}, in {readable(entry)}")


def require_number(entry, name, least, most):
    text = entry.get(name)
    try:
        right = least <= int(text) <= most
    except (TypeError, ValueError):
        right = False
    require(right, f"{name} is {text!r}, and not a number from {least} to {most}, in {readable(entry)}")


def require_once(entries, what):
    require(len(entries) == 1, f"{what} is there {len(entries)} times, and not once: {messages(entries)}")
    return entries[0]


def messages(entries):
    return "".join(f"\n{entry.get('MESSAGE')}" for entry in entries)


def readable(entry):
    return {name: value for name, value in entry.items() if not name.startswith("_")}
