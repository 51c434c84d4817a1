"""What an answer that is not a success means for the user it was about: a code, and a sentence that says what to do."""

from shared.core.codes import Code
from shared.core.models import Stop
from shared.microsoft.graph.calls import Answer, Fate


def stop_for(answer: Answer, doing: str) -> Stop:
    """`doing` completes "Microsoft Graph … while …", for example "reading the phone methods"."""
    match answer.fate:
        case Fate.NOT_SENT:
            return Stop(Code.DEADLINE, "The request timed out before this user was processed. Send the user again.")
        case Fate.HELD_BACK:
            return Stop(Code.THROTTLED, "Microsoft Graph asked the webhook to wait. Send the user again later.")
        case Fate.NO_TOKEN:
            message = f"The Graph token could not be renewed while {doing}: {answer.detail}"
            return Stop(Code.GRAPH_UNAVAILABLE, message, answer.error)
        case Fate.LOST:
            return Stop(
                Code.GRAPH_UNAVAILABLE, f"Microsoft Graph gave no complete response while {doing}. Send the user again."
            )
        case Fate.ANSWERED:
            return _stop_for_status(answer, doing)


def _stop_for_status(answer: Answer, doing: str) -> Stop:
    said = graph_said(answer)
    match answer.status:
        case 401:
            message = f"Microsoft Graph refused the access token while {doing} ({said}). Send this user again later."
            return Stop(Code.GRAPH_UNAVAILABLE, message, answer.error)
        case 403:
            return Stop(
                Code.FORBIDDEN,
                f"Microsoft Graph refused while {doing} ({said}). Either a Graph permission is missing, or the "
                "directory role of the service account does not reach this user (an Authentication Administrator may "
                "not touch administrators; a Privileged Authentication Administrator may).",
            )
        case 404:
            return Stop(
                Code.USER_NOT_FOUND,
                "Microsoft Graph finds no user with this userPrincipalName or object id. A mail address or an alias is "
                "not a userPrincipalName. A user created minutes ago may not be visible yet.",
            )
        case 429:
            return Stop(
                Code.THROTTLED,
                f"Microsoft Graph throttled the webhook for as long as it can wait while {doing}. Send the user again.",
            )
        case status if status in (408, 423) or status >= 500:
            return Stop(
                Code.GRAPH_UNAVAILABLE, f"Microsoft Graph was unavailable while {doing} ({said}). Send the user again."
            )
        case _:
            return Stop(Code.GRAPH_ERROR, f"Microsoft Graph answered with an error while {doing} ({said}).")


def not_ready(answer: Answer, doing: str) -> Stop:
    """A 404 about a user whom the directory has just shown."""
    return Stop(
        Code.NOT_READY,
        f"Microsoft Graph found the user but answered 404 while {doing} ({graph_said(answer)}). The authentication "
        "methods of a new user become available some minutes after the user. Send this user again later.",
    )


def error_code(answer: Answer) -> str | None:
    """Graph's error code, if it has the form of one."""
    error = answer.body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code[:80] if isinstance(code, str) and code.replace("_", "").replace(".", "").isalnum() else None


def said(answer: Answer) -> str:
    """Graph's message; for the log, and to know what is refused."""
    error = answer.body.get("error")
    return str(error.get("message")) if isinstance(error, dict) else ""


def graph_said(answer: Answer) -> str:
    """Status, Graph's error code and the request-id. Not Graph's message: it may repeat the number sent."""
    code = error_code(answer)
    parts = [f"status {answer.status}", *([f"code {code}"] if code else [])]
    if answer.request_id:
        parts.append(f"request-id {answer.request_id[:80]}")
    return ", ".join(parts)
