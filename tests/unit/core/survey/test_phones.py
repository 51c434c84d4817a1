"""A phone as the report keeps it."""

import json

from shared.core.models import Current, Method, PhoneMethod, SmsState
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.plan_id import number_tag
from shared.core.survey.phones import from_json, seen_phones

NUMBER = PhoneNumber(46, "701740605")


def keyed(*parts: str) -> bytes:
    return "|".join(parts).encode().rjust(32, b"*")[::-1]


def current(*phones: tuple[Method, str]) -> Current:
    return Current(tuple(PhoneMethod(method, StoredNumber(text), SmsState.NOT_ENABLED) for method, text in phones))


def test_it_is_compared_by_its_tag_extension_included() -> None:
    (plain,) = seen_phones(current((Method.MOBILE, "+46 701740605")), keyed)
    (extended,) = seen_phones(current((Method.MOBILE, "+46 701740605x7")), keyed)
    tag = number_tag(NUMBER, keyed)
    assert (plain.is_number(NUMBER, tag), extended.is_number(NUMBER, tag)) == (True, False)
    assert (plain.extension, extended.extension) == (False, True)


def test_of_a_masked_number_what_can_be_seen_counts() -> None:
    """As Graph shows it to an Authentication Administrator."""
    (masked,) = seen_phones(current((Method.MOBILE, "+46 *******05")), keyed)
    assert (masked.tag, masked.country, masked.opt_in) == ("", None, None)
    assert masked.is_number(NUMBER, number_tag(NUMBER, keyed))
    assert not masked.is_number(PhoneNumber(46, "701740606"), "")


def test_it_comes_back_from_storage_as_it_was_and_without_the_number() -> None:
    phones = seen_phones(current((Method.OFFICE, "+46 87401000"), (Method.MOBILE, "+46 701740605")), keyed)
    assert [phone.method for phone in phones] == [Method.MOBILE, Method.OFFICE]
    text = json.dumps([phone.as_json() for phone in phones])
    assert from_json(json.loads(text)) == phones
    assert "701740605" not in text.replace(phones[0].tag, "")


def test_signing_in_with_it_is_ready_or_is_not() -> None:
    ready = Current((PhoneMethod(Method.MOBILE, StoredNumber("+46 701740605"), SmsState.READY),))
    assert [phone.sms_sign_in for phone in seen_phones(ready, keyed)] == [True]
