"""Nothing that may end in a log or a message tells a number, an address or a secret."""

import logging

from hypothesis import assume, given

from shared.core.address import EmailAddress
from shared.core.apply import UserPlan
from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue, ExplicitSource, Requested, RequestedValue
from shared.core.models import (
    Action,
    Change,
    Current,
    Method,
    Plan,
    RunReport,
    ServiceAccount,
    Snapshot,
    SourceName,
    Stop,
    Target,
    User,
)
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.report import answered_bodies
from shared.core.report_log import log_report
from shared.core.results import applied, planned, summary
from shared.microsoft.entra import Grant
from shared.microsoft.graph.calls import Call
from shared.microsoft.vault import Secret
from shared.services import Handshake
from tests.unit.people import EMAIL, MOBILE, method
from tests.unit.strategies import MORE, numbers

SECRET = "s3cret-not-real"
ANNA = Target(upn="anna@contoso.com")


def shown(*things: object) -> str:
    return "\n".join(text for thing in things for text in (f"{thing}", f"{thing!r}", f"{[thing]}"))


@MORE
@given(numbers)
def test_nothing_that_may_be_printed_holds_a_number_or_a_secret(number: PhoneNumber) -> None:
    assume(len(number.national) > 5)
    text, stored = number.graph_format, StoredNumber(number.graph_format)
    change = Change(Action.UPDATE, MOBILE, stored, number)
    add, remove = Change(Action.ADD, MOBILE, None, number), Change(Action.REMOVE, MOBILE, stored, None)
    user = User("id-1", "anna@contoso.com", {MOBILE: text, Method.OFFICE: text}, "SE")
    current = Current((method(text),))
    desired = Desired({MOBILE: DesiredValue(number, Condition.IF_MISSING, number)})
    requested = Requested({MOBILE: RequestedValue(text, present=text)})
    plan = Plan((change, add, remove), Stop(Code.FORBIDDEN, "No."))
    results = [applied(change), planned(change), planned(add)]
    everything = shown(
        *(change, add, remove, plan, desired, requested, method(text), user, current),
        *(
            *results,
            summary(ANNA, "id-1", results),
            Snapshot(user, current),
            UserPlan(ANNA, plan, (), "id-1", desired, current),
        ),
        *(
            ExplicitSource({ANNA: requested}),
            Secret(SECRET),
            Grant(SECRET, 1.0, ServiceAccount("id-1", "svc@contoso.com")),
        ),
        *(Handshake(SECRET), Call("POST", "/users/id-1/authentication/phoneMethods", {"phoneNumber": text})),
    )
    assert number.national not in everything
    assert SECRET not in everything


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage()


@MORE
@given(numbers)
def test_the_line_of_a_user_holds_no_number_no_address_and_no_name(number: PhoneNumber) -> None:
    assume(len(number.national) > 5)
    stored = StoredNumber(number.graph_format)
    email = EmailAddress("private.address@example.com")
    changes = (
        Change(Action.UPDATE, MOBILE, stored, number),
        Change(Action.REMOVE, Method.OFFICE, stored, None),
        Change(Action.KEEP, Method.ALTERNATE_MOBILE, stored, stop=Stop(Code.DIFFERS, "It differs.")),
        Change(Action.ADD, EMAIL, None, email),
    )
    results = [*map(applied, changes[:2]), *map(planned, changes)]
    report = RunReport(False, SourceName.DIRECTORY, (summary(ANNA, "id-1", results), summary(ANNA, None, results)))
    lines, logger = _Lines(), logging.getLogger("shared.core.report_log")
    level = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    try:
        log_report(report, answered_bodies(report), names=False, caller="hr")
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)
    assert lines.text.count('"event": "user"') == 2
    assert number.national not in lines.text
    assert "private" not in lines.text
    assert "anna" not in lines.text


def test_nothing_that_may_be_printed_holds_an_address() -> None:
    email = EmailAddress("anna.andersson@example.com")
    change = Change(Action.UPDATE, EMAIL, email, EmailAddress("anna.annasdotter@example.com"))
    desired = Desired({EMAIL: DesiredValue(email, present=email)})
    requested = Requested({EMAIL: RequestedValue(email.text, present=email.text)})
    user = User("id-1", "a@contoso.com", {EMAIL: email.text})
    current = Current(email=email)
    everything = shown(
        *(email, change, desired, requested, user, current, Snapshot(user, current), applied(change), planned(change)),
        Call("POST", "/users/id-1/authentication/emailMethods", {"emailAddress": email.text}),
    )
    assert "anna." not in everything
