"""Phone methods: listing them, and the three writes. Always by object id: a userPrincipalName may change."""

from collections.abc import Mapping, Sequence

from shared.deadline import Deadline
from shared.graph.calls import Answer, Call, Fate
from shared.graph.client import GraphClient
from shared.graph.failures import stop_for
from shared.models import Action, Change, Code, Outcome, OutcomeKind, PhoneMethod, PhoneType, Stop
from shared.phone import StoredNumber

# Fixed for all users (Graph docs, "phoneAuthenticationMethod resource type").
METHOD_IDS = {
    PhoneType.MOBILE: "3179e48a-750b-4051-897c-87b9720928f7",
    PhoneType.ALTERNATE_MOBILE: "b6332ec1-7057-4abe-9331-3d72feddfe41",
    PhoneType.OFFICE: "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
_PHONE_TYPES = {phone_type.value: phone_type for phone_type in PhoneType}
_DOING = {
    Action.ADD: "adding the phone method",
    Action.UPDATE: "updating the phone method",
    Action.REMOVE: "removing the phone method",
}
# Answers after which the method may not be as the plan assumed, so that a second look pays. Microsoft documents neither
# status nor code for these; known live: 400 for the removal of a default method. 409 is what a number that
# signs another user in was seen to give, although it is usually saved all the same.
_WORTH_A_LOOK = {Action.ADD: (400, 409), Action.UPDATE: (404, 409), Action.REMOVE: (400, 404, 409)}


def methods_call(user_path: str) -> Call:
    """Asks for the phone methods of one user."""
    return Call("GET", f"{user_path}/authentication/phoneMethods")


def read_methods(answer: Answer) -> tuple[PhoneMethod, ...] | Stop:
    """The answer to `methods_call`."""
    values = answer.body.get("value")
    if not answer.ok or not isinstance(values, list):
        return stop_for(Answer(Fate.LOST) if answer.ok else answer, "reading the phone methods")
    methods = (_method(value) for value in values if isinstance(value, dict))
    return tuple(method for method in methods if method is not None)


def list_methods(
    client: GraphClient, user_ids: Sequence[str], deadline: Deadline
) -> list[tuple[PhoneMethod, ...] | Stop]:
    """The phone methods of each user, in order."""
    return client.send([methods_call(f"/users/{user_id}") for user_id in user_ids], read_methods, deadline)


def write_changes(client: GraphClient, writes: Sequence[tuple[str, Change]], deadline: Deadline) -> list[Outcome]:
    """Sends one write for each (user id, change); an update is one PATCH in place."""
    answers = client.send([_call(user_id, change) for user_id, change in writes], lambda answer: answer, deadline)
    return [_outcome(answer, change) for answer, (_, change) in zip(answers, writes, strict=True)]


def _call(user_id: str, change: Change) -> Call:
    path = f"/users/{user_id}/authentication/phoneMethods"
    one = f"{path}/{METHOD_IDS[change.phone_type]}"
    if change.after is None:
        return Call("DELETE", one)
    body = {"phoneNumber": change.after.graph_format, "phoneType": change.phone_type.value}
    return Call("POST", path, body) if change.action is Action.ADD else Call("PATCH", one, body)


def _outcome(answer: Answer, change: Change) -> Outcome:
    if answer.ok:
        return Outcome(OutcomeKind.APPLIED, sms_sign_in_state=_text(answer.body, "smsSignInState"))
    stop = stop_for(answer, _DOING[change.action])
    if answer.has_no_verdict:
        return Outcome(OutcomeKind.LOST, stop)
    if answer.status not in _WORTH_A_LOOK[change.action]:
        return Outcome(OutcomeKind.FAILED, stop)
    if change.action is Action.REMOVE and answer.status == 400:
        stop = Stop(
            Code.DEFAULT_METHOD,
            "Microsoft Graph does not remove this number, most likely because it is the user's default sign-in method. "
            "Let the user, or an administrator, choose another default method and send the user again.",
        )
    elif answer.status == 404:
        stop = Stop(Code.GRAPH_ERROR, f"The phone method was gone while {_DOING[change.action]}.")
    return Outcome(OutcomeKind.REFUSED, stop, may_be_saved=answer.status == 409)


def _method(value: Mapping[str, object]) -> PhoneMethod | None:
    """None for a phoneType that Graph may add one day: it is not ours to touch."""
    phone_type = _PHONE_TYPES.get(_text(value, "phoneType") or "")
    if phone_type is None:
        return None
    return PhoneMethod(phone_type, StoredNumber(_text(value, "phoneNumber") or ""), _text(value, "smsSignInState"))


def _text(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None
