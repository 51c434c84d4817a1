"""Authentication methods: reading what is registered, and the writes, always by object id: a name may change."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.models import (
    METHOD_IDS,
    PHONES,
    Action,
    Change,
    Current,
    Method,
    OtherMethod,
    Outcome,
    OutcomeKind,
    PhoneMethod,
    ReadScope,
    SmsState,
    Stop,
)
from shared.core.phone import PhoneNumber, StoredNumber
from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import error_code, stop_for

_SEGMENTS = {
    **dict.fromkeys(PHONES, "phoneMethods"),
    Method.EMAIL: "emailMethods",
    Method.MICROSOFT_AUTHENTICATOR: "microsoftAuthenticatorMethods",
    Method.SOFTWARE_OATH: "softwareOathMethods",
    Method.FIDO2: "fido2Methods",
    Method.WINDOWS_HELLO: "windowsHelloForBusinessMethods",
    Method.PLATFORM_CREDENTIAL: "platformCredentialMethods",
    Method.TEMPORARY_ACCESS_PASS: "temporaryAccessPassMethods",
}
# @odata.type of the methods that can only be removed, for example #microsoft.graph.fido2AuthenticationMethod.
_OTHERS = {f"#microsoft.graph.{method}AuthenticationMethod": method for method in _SEGMENTS if method not in METHOD_IDS}
_PHONE_TYPES = {method.value: method for method in PHONES}
_SMS_STATES = {state.value: state for state in SmsState}
_DOING = {
    Action.ADD: "adding the {} method",
    Action.UPDATE: "updating the {} method",
    Action.REMOVE: "removing the {} method",
    Action.ENABLE: "switching {} on",
    Action.DISABLE: "switching {} off",
}
# Answers after which the method may not be as the plan assumed, so that a second look pays. Microsoft documents neither
# status nor code for these; known live: 400 for the removal of a default method. 409 is what a number that
# signs another user in was seen to give, although it is usually saved all the same.
_WORTH_A_LOOK = {
    Action.ADD: (400, 409),
    Action.UPDATE: (404, 409),
    Action.REMOVE: (400, 404, 409),
    Action.ENABLE: (400, 404, 409),
    Action.DISABLE: (400, 404, 409),
}
_SEGMENT = {ReadScope.PHONES: "phoneMethods", ReadScope.ALL: "methods"}


def methods_call(user_path: str, scope: ReadScope) -> Call:
    """Asks for the methods of one user: the phones, or all there are."""
    return Call("GET", f"{user_path}/authentication/{_SEGMENT[scope]}")


def read_methods(answer: Answer) -> Current | Stop:
    """The answer to `methods_call`."""
    values = answer.body.get("value")
    if not answer.ok or not isinstance(values, list) or "@odata.nextLink" in answer.body:
        return stop_for(Answer(Fate.LOST) if answer.ok else answer, "reading the authentication methods")
    items = [value for value in values if isinstance(value, dict)]
    phones = (_phone(item) for item in items if _is_of_kind(item, "phone"))
    emails = (_text(item, "emailAddress") for item in items if _is_of_kind(item, "email"))
    others = (_other(item) for item in items)
    return Current(
        tuple(phone for phone in phones if phone is not None),
        next((EmailAddress(email) for email in emails if email is not None), None),
        tuple(other for other in others if other is not None),
    )


def list_methods(
    client: GraphClient, users: Sequence[tuple[str, ReadScope]], deadline: Deadline
) -> list[Current | Stop]:
    """The methods of each user id, in order."""
    calls = [methods_call(f"/users/{user_id}", scope) for user_id, scope in users]
    return client.send(calls, read_methods, deadline)


def write_changes(client: GraphClient, writes: Sequence[tuple[str, Change]], deadline: Deadline) -> list[Outcome]:
    """Sends one write for each (user id, change); an update is one PATCH in place."""
    answers = client.send([_call(user_id, change) for user_id, change in writes], lambda answer: answer, deadline)
    return [_outcome(answer, change) for answer, (_, change) in zip(answers, writes, strict=True)]


def _call(user_id: str, change: Change) -> Call:
    base = f"/users/{user_id}/authentication"
    if change.method is Method.SMS_SIGN_IN:
        action = "enableSmsSignIn" if change.action is Action.ENABLE else "disableSmsSignIn"
        return Call("POST", f"{base}/phoneMethods/{METHOD_IDS[Method.MOBILE]}/{action}")
    path = f"{base}/{_SEGMENTS[change.method]}"
    one = f"{path}/{quote(change.id, safe='') if change.id is not None else METHOD_IDS[change.method]}"
    if isinstance(change.after, PhoneNumber):
        body = {"phoneNumber": change.after.graph_format, "phoneType": change.method.value}
    elif isinstance(change.after, EmailAddress):
        body = {"emailAddress": change.after.text}
    else:
        return Call("DELETE", one)
    return Call("POST", path, body) if change.action is Action.ADD else Call("PATCH", one, body)


def _outcome(answer: Answer, change: Change) -> Outcome:
    if answer.ok:
        return Outcome(OutcomeKind.APPLIED, sms_sign_in_state=_sms_state(answer.body))
    doing = _DOING[change.action].format("SMS sign-in" if change.method is Method.SMS_SIGN_IN else change.method)
    stop = stop_for(answer, doing)
    if answer.has_no_verdict:
        return Outcome(OutcomeKind.LOST, stop)
    if answer.status not in _WORTH_A_LOOK[change.action]:
        return Outcome(OutcomeKind.FAILED, stop)
    if change.action is Action.REMOVE and answer.status == 400:
        stop = Stop(
            Code.DEFAULT_METHOD,
            f"Microsoft Graph does not remove the {change.method} method, most likely because it is the user's default "
            "sign-in method. Let the user, or an administrator, choose another default method and send the user again.",
        )
    elif answer.status == 404:
        stop = Stop(Code.GRAPH_ERROR, f"The {change.method} method was gone while {doing}.")
    elif error_code(answer) == Code.PHONE_NUMBER_NOT_UNIQUE:
        stop = Stop(Code.PHONE_NUMBER_NOT_UNIQUE, "Another user signs in by SMS with this number.")
    return Outcome(
        OutcomeKind.REFUSED, stop, may_be_saved=answer.status == 409 and isinstance(change.after, PhoneNumber)
    )


def _is_of_kind(value: Mapping[str, object], kind: str) -> bool:
    """Without a type it is what was asked for: the list of phones has none."""
    return value.get("@odata.type") in (None, f"#microsoft.graph.{kind}AuthenticationMethod")


def _phone(value: Mapping[str, object]) -> PhoneMethod | None:
    """None for a phoneType that Graph may add one day: it is not ours to touch."""
    method = _PHONE_TYPES.get(_text(value, "phoneType") or "")
    if method is None:
        return None
    return PhoneMethod(method, StoredNumber(_text(value, "phoneNumber") or ""), _sms_state(value))


def _other(value: Mapping[str, object]) -> OtherMethod | None:
    method, method_id = _OTHERS.get(_text(value, "@odata.type") or ""), _text(value, "id")
    return None if method is None or method_id is None else OtherMethod(method, method_id, _text(value, "displayName"))


def _sms_state(body: Mapping[str, object]) -> SmsState | None:
    text = _text(body, "smsSignInState")
    return None if text is None else _SMS_STATES.get(text, SmsState.UNKNOWN)


def _text(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None
