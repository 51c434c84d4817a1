"""Nothing that may end in a log or a message tells a number, an address or a secret."""

from hypothesis import assume, given

from shared.core.address import EmailAddress
from shared.core.apply import Pending
from shared.core.codes import Code
from shared.core.models import Action, Change, Method, Plan, Registered, ServiceAccount, Snapshot, Stop, Target, User
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.plan import Want, Wanted
from shared.core.results import applied, planned, summary
from shared.core.source import ExplicitSource
from shared.core.wishes import Condition, Value, Wish
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
    registered = Registered((method(text),))
    wanted = Wanted({MOBILE: Want(number, Condition.IF_MISSING, number)})
    wish = Wish({MOBILE: Value(text, present=text)})
    plan = Plan((change, add, remove), Stop(Code.FORBIDDEN, "No."))
    results = [applied(change), planned(change), planned(add)]
    everything = shown(
        *(change, add, remove, plan, wanted, wish, method(text), user, registered),
        *(*results, summary(ANNA, "id-1", results), Snapshot(user, registered), Pending(ANNA, "id-1", wanted, plan)),
        *(ExplicitSource({ANNA: wish}), Secret(SECRET), Grant(SECRET, 1.0, ServiceAccount("id-1", "svc@contoso.com"))),
        *(Handshake(SECRET), Call("POST", "/users/id-1/authentication/phoneMethods", {"phoneNumber": text})),
    )
    assert number.national not in everything
    assert SECRET not in everything


def test_nothing_that_may_be_printed_holds_an_address() -> None:
    email = EmailAddress("anna.andersson@example.com")
    change = Change(Action.UPDATE, EMAIL, email, EmailAddress("anna.annasdotter@example.com"))
    wanted = Wanted({EMAIL: Want(email, present=email)})
    wish = Wish({EMAIL: Value(email.text, present=email.text)})
    user = User("id-1", "a@contoso.com", {EMAIL: email.text})
    registered = Registered(email=email)
    everything = shown(
        *(email, change, wanted, wish, user, registered, Snapshot(user, registered), applied(change), planned(change)),
        Call("POST", "/users/id-1/authentication/emailMethods", {"emailAddress": email.text}),
    )
    assert "anna." not in everything
