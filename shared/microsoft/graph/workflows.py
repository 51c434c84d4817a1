"""Resumes tasks of lifecycle workflows, with the app's own managed identity whatever GRAPH_AUTH says.

Graph accepts it without any permission where the custom task extension lists it (Microsoft Learn,
"taskProcessingResult: resume" and "Lifecycle Workflow extensibility").
"""

from shared.deadline import Deadline
from shared.errors import SignInFailed, TokenRefused, WorkflowNotResumed
from shared.log import get_logger
from shared.microsoft.graph.calls import Answer
from shared.microsoft.graph.transport import Tokens, Transport

_CONNECTIONS = 4
_DATA = "#microsoft.graph.identityGovernance.customTaskExtensionCallbackData"
# Guess: one of these for a task that was resumed before, or does not wait any more. It cannot be told again.
_OVER = (400, 404, 409, 410)
_REFUSED = (
    "The workflow was not resumed. List the webhook's managed identity in authorizedApps of the custom task extension "
    "(docs/onboarding.md)."
)
_AWAY = "The workflow was not resumed: Microsoft Graph or Microsoft Entra did not respond, or refused a token."

_log = get_logger(__name__)


class GraphWorkflows:
    def __init__(self, graph_url: str, tokens: Tokens) -> None:
        self._transport = Transport(graph_url, tokens, _CONNECTIONS)

    def resume(self, path: str, deadline: Deadline, *, is_completed: bool) -> bool:
        """`path` begins behind the version; its form was checked. False: the task does not wait. Raises
        WorkflowNotResumed."""
        data = {"@odata.type": _DATA, "operationStatus": "Completed" if is_completed else "Failed"}
        body = {"source": "mfa-phone-webhook", "type": "lifecycleEvent", "data": data}
        return _is_taken(self._transport.exchange("POST", path, body, deadline))


def _is_taken(answer: Answer) -> bool:
    if answer.ok:
        return True
    _log.warning("resume: status=%d %s requestId=%s", answer.status, answer.detail, answer.request_id)
    if answer.status in _OVER:
        return False
    # A token that Graph refuses may be the last of before a permission.
    has_no_token = isinstance(answer.error, SignInFailed) and not isinstance(answer.error, TokenRefused)
    is_refused = answer.status == 403 or has_no_token
    raise WorkflowNotResumed(_REFUSED if is_refused else _AWAY, may_pass=not is_refused)
