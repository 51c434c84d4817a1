"""core/text.py: what cannot be seen, and what mail programs put around a name."""

import unicodedata

import pytest

from shared.core.text import as_shown, bare_address, is_padded, visible

ANNA = "anna.andersson@contoso.com"
UNSEEN = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a"),
    *("\u202b", "\u202c", "\u202d", "\u202e", "\u2060", "\u2064", "\u2066", "\u2069", "\u2800", "\u3164", "\ufe0f"),
    *("\ufeff", "\uffa0", "\U000e0001", "\U000e0020"),
]


@pytest.mark.parametrize("unseen", UNSEEN, ids=[f"U+{ord(unseen):04X}" for unseen in UNSEEN])
def test_what_cannot_be_seen_means_nothing(unseen: str) -> None:
    for text in (
        f"{unseen}{ANNA}",
        f"{ANNA}{unseen}",
        f" {unseen} {ANNA}\u00a0{unseen}",
        ANNA.replace("@", f"{unseen}@"),
    ):
        assert visible(text) == bare_address(text) == ANNA


@pytest.mark.parametrize("around", [" ", "\n", "\u00a0", "\ufeff", "\u200b"])
def test_what_stands_around_a_text(around: str) -> None:
    assert [is_padded(text) for text in (f"{around}a", f"a{around}", around)] == [True] * 3
    assert [is_padded(text) for text in ("", "a", f"a{around}b")] == [False] * 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *(("a b", "a b"), (" a\t", "a"), ("\u200ba\u00a0b\ufeff", "a b"), ("a\x00\x7f\x9fb", "ab"), ("a\tb", "ab")),
        *(("\uff4d\uff46\uff41", "mfa"), ("\u3000a\u2060 ", "a"), ("\u00e5", "\u00e5"), ("a\u030a", "\u00e5")),
    ],
)
def test_what_a_name_shows(text: str, shown: str) -> None:
    assert as_shown(text) == shown


@pytest.mark.parametrize(
    "text", ["", "a b", "\u00e5sa@contoso.com", "a\u0301@contoso.com", "\u0430nna@contoso.com", "\u0600"]
)
def test_what_can_be_seen_stays(text: str) -> None:
    assert visible(text) == bare_address(text) == text


def test_every_mark_of_direction_and_every_joiner_is_among_them() -> None:
    """The format characters of Unicode but those that are drawn, such as the Arabic signs above a number."""
    drawn = range(0x600, 0x110CD + 1)
    for code in range(0x3000):
        character = chr(code)
        if unicodedata.category(character) == "Cf" and (code < 0x600 or code > 0x8E2):
            assert visible(character) == "", hex(code)
    assert all(visible(chr(code)) for code in (0x600, 0x605, 0x6DD, 0x70F, 0x8E2, drawn[-1]))


@pytest.mark.parametrize(
    "text",
    [
        *(f"mailto:{ANNA}", f"MAILTO: {ANNA}", f"Anna Andersson <{ANNA}>", f'"Andersson, Anna" <{ANNA}>', f"<{ANNA}>"),
        *(f"Anna < {ANNA} > ", f"\u202aAnna\u202c <\u200b{ANNA}>", f"Anna <mailto:{ANNA}>", f"{ANNA} <{ANNA}>"),
        *(f"'{ANNA.upper()}' <{ANNA}>", f"Anna\r\n <{ANNA}>", f"mailto:\u00a0{ANNA}"),
    ],
)
def test_an_address_as_mail_programs_write_it(text: str) -> None:
    assert bare_address(text) == ANNA


@pytest.mark.parametrize(
    "text",
    [
        *(f"bjorn@contoso.com <{ANNA}>", f"Anna <{ANNA}> <bjorn@contoso.com>", f"Anna <{ANNA}", f"Anna {ANNA}>"),
        *(f"<{ANNA}> Anna", f"smtp:{ANNA}", f"{ANNA}; bjorn@contoso.com", f"mailtoo:{ANNA}", "Anna <>@<>"),
    ],
)
def test_what_may_mean_something_else_stays(text: str) -> None:
    assert bare_address(text) == text
