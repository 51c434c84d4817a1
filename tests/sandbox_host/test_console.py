"""What the demo and serve mode print."""

import io

import pytest

from sandbox.caller import mask, runbook_body
from sandbox.console import Console, Row


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def terminal(encoding: str) -> Terminal:
    return Terminal(io.BytesIO(), encoding=encoding)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+46 701740605", "+46 *******05"),
        ("+46 70-174 06 06", "+46 **-*** ** 06"),
        ("070-174 06 10", "***-*** ** 10"),
        ("(206) 555-0112", "(***) ***-**12"),
        ("+1 206-555-0113 ext. 42", "+1 ***-***-**13 ext. **"),
        ("+1 2065550118x7", "+1 ********18x*"),
        ("+46\u00a0\uff17\uff10\uff11\uff17\uff14", "+46\u00a0***\uff17\uff14"),
        ("", ""),
    ],
)
def test_a_masked_number_shows_its_country_code_and_last_two_digits(number: str, shown: str) -> None:
    assert mask(number) == shown


def test_the_runbooks_request_is_what_windows_powershell_sends() -> None:
    assert runbook_body(["o'brien@contoso.com", "åsa@contoso.com"]) == (
        b"[\r\n"
        b'    {\r\n        "UserPrincipalName":  "o\\u0027brien@contoso.com"\r\n    },\r\n'
        b'    {\r\n        "UserPrincipalName":  "\xe5sa@contoso.com"\r\n    }\r\n'
        b"]"
    )


def test_a_table_wraps_its_last_column_and_cuts_the_others() -> None:
    console = Console(lines=False, colour=False)
    table = console.table(
        ["User", "Number", "Why"],
        [30, 30],
        [
            Row(("a-long-name-of-a-user@contoso.com", "１２", "one two three four five")),
            Row(("b", "", ""), note="a note"),
        ],
    )
    assert table.splitlines() == [
        "User                            Number                          Why",
        "------------------------------  ------------------------------  ----------------",
        "a-long-name-of-a-user@conto...  １２                            one two three",
        "                                                                four five",
        "b",
        "  a note",
    ]


def test_a_terminal_gets_lines_and_colour_of_the_last_column() -> None:
    with terminal("utf-8") as stream:
        console = Console.of(stream, {"TERM": "xterm", "WT_SESSION": "1"})
    heading, rule, row = console.table(["User", "Why"], [8], [Row(("anna", "added"), "green")]).splitlines()
    assert heading == "\033[1mUser      Why\033[0m"
    assert rule.startswith("────────  ──")
    assert row == "anna      \033[32madded\033[0m"


@pytest.mark.parametrize(("environment", "colour"), [({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({}, True)])
def test_no_color_and_a_dumb_terminal_are_honoured(environment: dict[str, str], colour: bool) -> None:
    with terminal("utf-8") as stream:
        assert Console.of(stream, {"WT_SESSION": "1", **environment}).colour is colour


def test_an_old_code_page_gets_no_line_characters() -> None:
    with terminal("cp1252") as stream:
        assert not Console.of(stream, {}).lines


def test_a_file_gets_plain_text() -> None:
    console = Console.of(io.StringIO(), {"WT_SESSION": "1"})
    assert (console.lines, console.colour, console.live) == (False, False, False)
