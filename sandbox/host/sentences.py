"""Log lines for people: of a line that is an object, as the app writes them for Application Insights, its message."""

import json
import logging
import re

# The object stands at the end of a line of the log.
_OBJECT = re.compile(r'\{"message": .*\}$')


class Sentences(logging.Formatter):
    """For a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return sentence(super().format(record))


def sentences(log: str) -> str:
    """A whole log."""
    return "\n".join(map(sentence, log.split("\n")))


def sentence(line: str) -> str:
    """The line with the message in place of the object, the ids behind it, and the traceback of a fault below it."""
    found = _OBJECT.search(line)
    if found is None:
        return line
    try:
        facts = json.loads(found[0])
    except ValueError:
        return line
    ids = ", ".join(f"{name} {facts[name]}" for name in ("correlationId", "jobId") if name in facts)
    told = f"{line[: found.start()]}{facts['message']}{f' [{ids}]' if ids else ''}"
    return f"{told}\n{facts['exception'].rstrip()}" if "exception" in facts else told
