"""session.py: what Retry-After says."""

import time
from email.utils import formatdate

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.microsoft.session import MAX_RETRY_AFTER_S, retry_after_s


def headers(value: str) -> requests.structures.CaseInsensitiveDict[str]:
    return requests.structures.CaseInsensitiveDict({"retry-after": value})


@pytest.mark.parametrize(
    ("value", "expected"),
    [("5", 5.0), (" 7 ", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-5", None), ("1.5", 1.5), ("\u0665", None)],
)
def test_retry_after_in_seconds(value: str, expected: float | None) -> None:
    assert retry_after_s(headers(value)) == expected


def test_retry_after_as_a_date() -> None:
    wait = retry_after_s(headers(formatdate(time.time() + 100, usegmt=True)))
    assert wait is not None
    assert 95 < wait <= 100
    assert retry_after_s(headers("Wed, 21 Oct 2015 07:28:00 GMT")) == 0
    assert retry_after_s(headers("Fri, 31 Dec 9999 23:59:59 GMT")) == MAX_RETRY_AFTER_S


def test_no_retry_after() -> None:
    assert retry_after_s({}) is None


@settings(max_examples=60)
@given(
    st.one_of(
        st.text(st.characters(codec="latin-1"), max_size=40),
        st.from_regex(
            r"(Mon|Wed), \d{1,3} (Jan|Feb|Oct) \d{1,9} \d{1,3}:\d{1,3}:\d{1,3} ([A-Z]{1,4}|[+-]\d{1,12})",
            fullmatch=True,
        ),
        st.from_regex(r"[0-9:, +\-A-Za-z]{1,30}", fullmatch=True),
    )
)
def test_whatever_retry_after_says_there_is_a_number_or_nothing(value: str) -> None:
    wait = retry_after_s(headers(value))
    assert wait is None or wait >= 0
