"""Run by the environment that holds the real Azure CLI: what its parser says of command lines, without signing in.

Reads a JSON object from standard input and writes one. `lines`: lists of words, `az` left out; for each what the parser
complains about, or null. `queries`: pairs of a document and a JMESPath query; for each what `--output tsv` prints.
"""

import contextlib
import io
import json
import sys
from typing import Any

import jmespath
from azure.cli.core import get_default_cli
from azure.cli.core.parser import AzCliCommandParser
from knack.events import EVENT_INVOKER_POST_PARSE_ARGS
from knack.output import format_tsv
from knack.util import CommandResultItem


class _Parsed(BaseException):
    """The parser is content. Not an Exception: the CLI would catch that."""


class _Refused(BaseException):
    """It is not: with its message."""


def _refuse(_: Any, message: str) -> None:
    raise _Refused(message)


def complaint(words: list[str]) -> str | None:
    cli = get_default_cli()

    def stop(_: Any, **kwargs: Any) -> None:
        raise _Parsed

    cli.register_event(EVENT_INVOKER_POST_PARSE_ARGS, stop)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            cli.invoke(words, out_file=said)
    except _Parsed:
        return None
    except _Refused as refusal:
        return f"{' '.join(words)}: {refusal}"
    except SystemExit as end:
        return f"{' '.join(words)}: ended with {end.code}: {said.getvalue().strip()}"
    return f"{' '.join(words)}: {cli.result.error}"


def tsv(document: Any, query: str) -> str:
    return format_tsv(CommandResultItem(jmespath.search(query, document))).rstrip("\n")


if __name__ == "__main__":
    AzCliCommandParser.error = _refuse
    asked = json.load(sys.stdin)
    answer = {
        "lines": [complaint(words) for words in asked["lines"]],
        "queries": [tsv(document, query) for document, query in asked["queries"]],
    }
    json.dump(answer, sys.stdout)
