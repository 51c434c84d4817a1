"""address.py: which addresses may be sent to Graph, when two are the same, and what a report shows."""

import pytest

from shared.core.address import EmailAddress, InvalidAddress, parse_address

LONGEST = "a" * 242 + "@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.com",
        "anna.andersson+sspr@mail.example.com",
        "o'brien@example.com",
        "a@b.example",
        "x!#$%&*/=?^_`{|}~-@example.com",
        "1@1.example",
        "anna@xn--exmple-cua.com",
        LONGEST,
    ],
)
def test_addresses_that_may_be_registered(text: str) -> None:
    assert parse_address(text).text == text
    assert parse_address(f" \t{text}\r\n").text == text


@pytest.mark.parametrize(
    "text",
    [
        *("anna\u200b@example.com", "\ufeffanna@example.com", "anna@example.com\u00a0", "<anna@example.com>"),
        *("mailto:anna@example.com", "Anna <anna@example.com>", '"Andersson, Anna" <mailto:anna@example.com>'),
    ],
)
def test_addresses_as_pasted(text: str) -> None:
    assert parse_address(text) == EmailAddress("anna@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "anna",
        "anna@",
        "@example.com",
        "anna@localhost",
        "anna@@example.com",
        "anna@contoso.com@example.com",
        ".anna@example.com",
        "anna.@example.com",
        "an..na@example.com",
        "anna@example..com",
        "anna@.example.com",
        "anna@example.com.",
        "anna@-example.com",
        "anna@example-.com",
        "anna@exam_ple.com",
        "anna @example.com",
        "anna@example.com, otto@example.com",
        "anna@example.com;otto@example.com",
        "Anna <anna@example.com",
        "otto@example.com <anna@example.com>",
        "mailto:anna@example.com?subject=x",
        '"anna"@example.com',
        "anna@[192.0.2.1]",
        "åsa@example.com",
        "asa@exåmple.com",
        "anna@example.com\x00",
        "anna\n@example.com",
        "\uff41nna@example.com",
        "a" + LONGEST,
    ],
)
def test_texts_that_are_no_address(text: str) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        parse_address(text)
    assert "anna" not in str(refusal.value)
    assert "example" not in str(refusal.value)


def test_a_long_text_is_refused_at_once() -> None:
    with pytest.raises(InvalidAddress, match="too long"):
        parse_address("a" * 1_000_000 + "@" + "a." * 1_000_000)


def test_two_that_differ_in_case_only_are_the_same() -> None:
    assert parse_address("Anna@Example.COM").is_same(EmailAddress("anna@example.com"))
    assert not parse_address("anna@example.com").is_same(EmailAddress("anna@example.org"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("anna.andersson@example.com", "a***@example.com"),
        ("a@example.com", "a***@example.com"),
        ("anna@otto@example.com", "a***@example.com"),
        ("@example.com", "***@example.com"),
        ("no address", "***"),
        ("", "***"),
    ],
)
def test_a_report_shows_the_first_character_and_the_domain(text: str, masked: str) -> None:
    found = EmailAddress(text)
    assert found.masked == masked
    assert f"{found}" == f"{found!r}" == str(found) == f"EmailAddress({masked})"
