"""Authentication methods of users who were found: reading what is registered, always by object id: a name may change.

A list may come in pages. And it may not be there yet: a new user reaches the directory before the service behind
/authentication, which answers 404 until then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.models import METHOD_IDS, PHONES, Current, Method, OtherMethod, PhoneMethod, ReadScope, SmsState, Stop
from shared.core.phone import StoredNumber
from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import not_ready, stop_for
from shared.microsoft.graph.listing import page_of
from shared.microsoft.graph.ready import PAUSES_S, send_until_ready

# Nobody has so many methods; it ends a list whose last page leads to its first.
MAX_PAGES = 20
# @odata.type of the methods that can only be removed, for example #microsoft.graph.fido2AuthenticationMethod.
_OTHERS = {
    f"#microsoft.graph.{method}AuthenticationMethod": method
    for method in Method
    if method not in METHOD_IDS and method is not Method.SMS_SIGN_IN
}
_PHONE_TYPES = {method.value: method for method in PHONES}
_SMS_STATES = {state.value: state for state in SmsState}
_SEGMENT = {ReadScope.PHONES: "phoneMethods", ReadScope.ALL: "methods"}
_PHONE, _EMAIL = "#microsoft.graph.phoneAuthenticationMethod", "#microsoft.graph.emailAuthenticationMethod"
_DOING = "reading the authentication methods"
_LOST = Answer(Fate.LOST)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a user's methods; `next_path` leads to more of them."""

    current: Current
    next_path: str | None = None


def methods_call(user_path: str, scope: ReadScope) -> Call:
    """Asks for the methods of one user: the phones, or all there are."""
    return Call("GET", f"{user_path}/authentication/{_SEGMENT[scope]}")


def list_methods(
    client: GraphClient,
    users: Sequence[tuple[str, ReadScope]],
    deadline: Deadline,
    pauses_s: Sequence[float] = PAUSES_S,
) -> list[Current | Stop]:
    """The methods of each user id, in order. `pauses_s`: before asking again for those that are not there yet."""
    calls = [methods_call(f"/users/{user_id}", scope) for user_id, scope in users]

    def read(answer: Answer) -> Page | Stop:
        return read_page(client, answer)

    def is_missing(_call: Call, page: Page | Stop) -> bool:
        return isinstance(page, Stop) and page.code is Code.NOT_READY

    pages = send_until_ready(client, calls, read, is_missing, deadline, pauses_s)
    for _ in range(MAX_PAGES):
        more = {i: page.next_path for i, page in enumerate(pages) if isinstance(page, Page) and page.next_path}
        if not more:
            break
        following = client.send([Call("GET", path) for path in more.values()], read, deadline)
        for i, page in zip(more, following, strict=True):
            pages[i] = _joined(pages[i], page)
    return [_whole(page) for page in pages]


def read_page(client: GraphClient, answer: Answer) -> Page | Stop:
    """The answer to `methods_call`, or to the path of a next page."""
    if answer.status == 404:
        return not_ready(answer, _DOING)
    if not answer.ok:
        return stop_for(answer, _DOING)
    # With another status than 200, what is there may be a part of the list.
    if answer.status != 200:
        return stop_for(_LOST, _DOING)
    try:
        values, next_path = page_of(client, answer.body)
    except ValueError:
        return stop_for(_LOST, _DOING)
    return Page(_current(values), next_path)


def _joined(first: Page | Stop, second: Page | Stop) -> Page | Stop:
    if isinstance(first, Stop) or isinstance(second, Stop):
        return first if isinstance(first, Stop) else second
    one, two = first.current, second.current
    return Page(Current(one.phones + two.phones, one.email or two.email, one.others + two.others), second.next_path)


def _whole(page: Page | Stop) -> Current | Stop:
    """A list that has no end is no answer: what is registered may stand behind it."""
    if isinstance(page, Stop):
        return page
    return page.current if page.next_path is None else stop_for(_LOST, _DOING)


def sms_state(body: Mapping[str, object]) -> SmsState | None:
    """That of a phone method, if it tells one."""
    text = _text(body, "smsSignInState")
    return None if text is None else _SMS_STATES.get(text, SmsState.UNKNOWN)


def _current(values: Sequence[object]) -> Current:
    phones: list[PhoneMethod] = []
    emails: list[EmailAddress] = []
    others: list[OtherMethod] = []
    for value in values:
        if isinstance(value, dict):
            kind = value.get("@odata.type")
            # Without a type it is what was asked for: the list of phones has none.
            if kind in (None, _PHONE) and (phone := _phone(value)):
                phones.append(phone)
            if kind in (None, _EMAIL) and (email := _text(value, "emailAddress")) is not None:
                emails.append(EmailAddress(email))
            if other := _other(value):
                others.append(other)
    return Current(tuple(phones), emails[0] if emails else None, tuple(others))


def _phone(value: Mapping[str, object]) -> PhoneMethod | None:
    """None for a phoneType that Graph may add one day: it is not ours to touch."""
    method = _PHONE_TYPES.get(_text(value, "phoneType") or "")
    if method is None:
        return None
    return PhoneMethod(method, StoredNumber(_text(value, "phoneNumber") or ""), sms_state(value))


def _other(value: Mapping[str, object]) -> OtherMethod | None:
    method = _OTHERS.get(_text(value, "@odata.type") or "")
    method_id = None if method is None else _text(value, "id")
    return None if method is None or method_id is None else OtherMethod(method, method_id, _text(value, "displayName"))


def _text(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None
