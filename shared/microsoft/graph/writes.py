"""Writes to authentication methods, always by object id: a name may change."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import quote

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.mfa import WAY_OUT
from shared.core.models import METHOD_IDS, PHONES, Action, Change, Method, Outcome, OutcomeKind, Stop
from shared.core.phone import PhoneNumber
from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Call
from shared.microsoft.graph.challenge import asks_for_claims
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import error_code, graph_said, not_ready, stop_for
from shared.microsoft.graph.methods import sms_state
from shared.microsoft.graph.ready import send_until_ready

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
_DOING = {
    Action.ADD: "adding the {} method",
    Action.UPDATE: "updating the {} method",
    Action.REMOVE: "removing the {} method",
    Action.ENABLE: "switching {} on",
    Action.DISABLE: "switching {} off",
}
# Answers after which the method may not be as the plan assumed, so that a second look pays. Microsoft documents neither
# status nor code for these; known live: 400 for the removal of a default method. 409 is what a number that
# signs another user in was seen to give, although it is usually saved all the same. PHONE_NUMBER_NOT_UNIQUE comes with
# either status.
_WORTH_A_LOOK = {
    Action.ADD: (400, 409),
    Action.UPDATE: (404, 409),
    Action.REMOVE: (400, 404, 409),
    Action.ENABLE: (400, 404, 409),
    Action.DISABLE: (400, 404, 409),
}


def write_changes(
    client: GraphClient,
    writes: Sequence[tuple[str, Change]],
    deadline: Deadline,
    alone: Collection[int],
    *,
    is_delegated: bool,
) -> list[Outcome]:
    """Sends one write for each (user id, change), those at the positions `alone` without company; so are the switches
    of SMS sign-in (`_call`).

    An update is one PATCH in place. A 404 to the POST of a new method means that the user is not there yet.
    """
    calls = [_call(user_id, change) for user_id, change in writes]
    for position in alone:
        calls[position] = replace(calls[position], alone=True)

    def read(answer: Answer) -> Answer:
        return answer

    answers = send_until_ready(client, calls, read, _is_missing, deadline)
    return [
        Outcome(OutcomeKind.APPLIED, sms_sign_in_state=sms_state(answer.body), request_id=answer.request_id)
        if answer.ok
        else replace(_not_applied(answer, change, is_delegated), request_id=answer.request_id)
        for answer, (_, change) in zip(answers, writes, strict=True)
    ]


def _call(user_id: str, change: Change) -> Call:
    base = f"/users/{user_id}/authentication"
    if change.method is Method.SMS_SIGN_IN:
        action = "enableSmsSignIn" if change.action is Action.ENABLE else "disableSmsSignIn"
        # It has no body (Graph docs, "phoneAuthenticationMethod: enableSmsSignIn"), and for a POST without one Graph
        # refuses the whole $batch (microsoft-graph-docs, issue 6682).
        return Call("POST", f"{base}/phoneMethods/{METHOD_IDS[Method.MOBILE]}/{action}", alone=True)
    path = f"{base}/{_SEGMENTS[change.method]}"
    one = f"{path}/{quote(change.id, safe='') if change.id is not None else METHOD_IDS[change.method]}"
    if isinstance(change.after, PhoneNumber):
        body = {"phoneNumber": change.after.graph_format, "phoneType": change.method.value}
    elif isinstance(change.after, EmailAddress):
        body = {"emailAddress": change.after.text}
    else:
        return Call("DELETE", one)
    return Call("POST", path, body) if change.action is Action.ADD else Call("PATCH", one, body)


def _is_missing(call: Call, answer: Answer) -> bool:
    """Only a method to be added has a body and no id; of any other a 404 may mean the method."""
    return answer.status == 404 and call.method == "POST" and call.body is not None


def _not_applied(answer: Answer, change: Change, is_delegated: bool) -> Outcome:
    doing = _DOING[change.action].format("SMS sign-in" if change.method is Method.SMS_SIGN_IN else change.method)
    if answer.has_no_verdict:
        return Outcome(OutcomeKind.LOST, stop_for(answer, doing), lost_with_others=answer.of_batch)
    if answer.status == 403 and is_delegated and asks_for_claims(answer):
        message = f"Microsoft Graph refused while {doing} ({graph_said(answer)}). {WAY_OUT}"
        return Outcome(OutcomeKind.FAILED, Stop(Code.MFA_REQUIRED, message))
    is_taken = (error_code(answer) or "").lower() == Code.PHONE_NUMBER_NOT_UNIQUE.lower()
    if answer.status not in _WORTH_A_LOOK[change.action] and not is_taken:
        is_missing = change.action is Action.ADD and answer.status == 404
        return Outcome(OutcomeKind.FAILED, not_ready(answer, doing) if is_missing else stop_for(answer, doing))
    stop = stop_for(answer, doing)
    if change.action is Action.REMOVE and answer.status == 400:
        stop = Stop(
            Code.DEFAULT_METHOD,
            f"Microsoft Graph does not remove the {change.method} method, most likely because it is the user's default "
            "sign-in method. Let the user, or an administrator, choose another default method and send the user again.",
        )
    elif answer.status == 404:
        stop = Stop(Code.GRAPH_ERROR, f"Microsoft Graph found no such method while {doing} ({graph_said(answer)}).")
    elif is_taken:
        stop = Stop(
            Code.PHONE_NUMBER_NOT_UNIQUE,
            "Another user, possibly a deleted one, already signs in by SMS with this number. Disable SMS sign-in for "
            f"that user first ({graph_said(answer)}).",
        )
    return Outcome(
        OutcomeKind.REFUSED, stop, may_be_saved=answer.status == 409 and isinstance(change.after, PhoneNumber)
    )
