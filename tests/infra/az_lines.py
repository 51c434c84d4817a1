"""Finds the commands of the Azure CLI in a text: in blocks of docs, in scripts, in sentences that name one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import PAGES, page
from tests.infra.bicep import INFRA, ROOT

DATE = "2030-01-01T00:00:00Z"  # the parser reads this one value
VALUE = "value"  # in the place of a variable, of another command's output, of what the reader has to fill in

# Where one begins: a line, `$(…)`, behind `;`, `|`, `&` and `then`; in a sentence behind a colon, a quote or a tick.
_START = re.compile(r"(?:^|[(;|&`'\"]|: |\bthen |\bdo |\bif |! |= )[ \t]*az (?=[a-z]+(?: |$|[`'\");]))", re.MULTILINE)
_BLOCK = re.compile(r"^```(?:sh|powershell)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{[^}]*\}|\(|\w+|[@#*])|@\w+|<[^<>\n]+>")
_CONTINUED = re.compile(r"[ \t]+[\\`]\n[ \t]*")


def az_lines(text: str) -> list[list[str]]:
    """The words of each command, without `az`."""
    joined = _CONTINUED.sub(" ", text)
    return [words(joined[found.end() :]) for found in _START.finditer(joined)]


def words(text: str) -> list[str]:
    """The words up to the end of the command, as a shell would read them."""
    return list(_words(text.partition("\n")[0]))


def _words(text: str) -> Iterator[str]:
    word: str | None = None
    before = ""
    position = 0
    while position < len(text):
        char = text[position]
        if variable := _VARIABLE.match(text, position):
            position = _close(text, variable.end()) if variable[0] == "$(" else variable.end()
            # What is splatted, or left out when it is empty, is an option with a value, unless it is the value of one.
            may_be_nothing = variable[0].startswith("@") or ":+" in variable[0]
            if not (may_be_nothing and word is None and not before.startswith("--")):
                word = (word or "") + VALUE
            continue
        if char in "'\"":
            if char not in text[position + 1 :]:
                break  # it closes the sentence that names the command
            quoted, position = _quoted(text, position)
            word = (word or "") + quoted
            continue
        if char in ";|&)`" or (char == "#" and word is None) or text.startswith(("2>", ">"), position):
            break
        if char in " \t":
            if word is not None:
                yield DATE if before == "--expires" else word
                before = word
            word = None
        else:
            word = (word or "") + char
        position += 1
    if word is not None:
        yield DATE if before == "--expires" else word


def _close(text: str, position: int) -> int:
    """Behind the bracket that closes the one before `position`."""
    depth = 1
    while depth and position < len(text):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        position += 1
    return position


def _quoted(text: str, position: int) -> tuple[str, int]:
    """A quoted part, and the place behind it. Within double quotes variables and commands are values."""
    mark, found = text[position], ""
    position += 1
    while position < len(text) and text[position] != mark:
        variable = _VARIABLE.match(text, position) if mark == '"' else None
        if variable:
            position = _close(text, variable.end()) if variable[0] == "$(" else variable.end()
            found += VALUE
        elif mark == '"' and text[position] == "\\":
            found += text[position + 1 : position + 2]
            position += 2
        else:
            found += text[position]
            position += 1
    return found, position + 1


def of_docs() -> dict[str, list[list[str]]]:
    """The commands in blocks of all pages, by page."""
    pages = [*PAGES, page("CHANGELOG.md")]
    return {shown.name: [line for block in _BLOCK.findall(shown.text) for line in az_lines(block)] for shown in pages}


def in_sentences() -> list[list[str]]:
    """Commands that a sentence names: of docs, of the scripts, and of what the webhook says. They may be cut short.

    What follows a command in its sentence counts as a part of it, and so does a sentence that begins with `az`.
    """
    spans = [span for shown in PAGES for span in shown.spans if re.match(r"az [a-z]", span)]
    texts = [path.read_text(encoding="utf-8") for path in (*INFRA.glob("*.sh"), *INFRA.glob("*.ps1"))]
    texts += [text for path in (ROOT / "shared").rglob("*.py") for text in _strings(path)]
    return [line for text in (*spans, *texts) for line in az_lines(text)]


def _strings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    filled = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values) for node in joined
    ]
    parts = {id(part) for node in joined for part in node.values}
    plain = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
    ]
    return [text for text in (*filled, *plain) if "az " in text]
