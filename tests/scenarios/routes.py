"""Sends a step's request to the webhook in this process; function_app.py has the same routes for HTTP."""

from collections.abc import Callable
from urllib.parse import unquote

from shared.api import lists, users
from shared.api.frame import WebRequest, WebResponse
from shared.services import Services
from tests.scenarios.compare import Reply
from tests.scenarios.files import Step
from tests.support import NoEngine, Webhook

Handle = Callable[[WebRequest, Callable[[], Services]], WebResponse]
_PHONES = "users/{user}/phone-methods"
_ROUTES: dict[tuple[str, str], Handle] = {
    ("POST", "reconcile"): lambda request, services: lists.handle_reconcile(request, services, NoEngine()),
    ("POST", "set"): lists.handle_set,
    ("POST", "provision"): lists.handle_provision,
    ("GET", "users/{user}/methods"): users.handle_list_all,
    ("GET", _PHONES): users.handle_list,
    ("POST", _PHONES): users.handle_create,
    ("POST", f"{_PHONES}/mobile/enable-sms-sign-in"): users.handle_enable_sms_sign_in,
    ("POST", f"{_PHONES}/mobile/disable-sms-sign-in"): users.handle_disable_sms_sign_in,
    ("GET", f"{_PHONES}/{{type}}"): users.handle_get,
    ("PATCH", f"{_PHONES}/{{type}}"): users.handle_update,
    ("DELETE", f"{_PHONES}/{{type}}"): users.handle_delete,
}


def send(service: Webhook, step: Step) -> Reply:
    handle, parts = _find(step.method, step.path)
    headers = {name.lower(): value for name, value in step.headers().items()}
    response = handle(WebRequest(step.body(), headers, step.query, parts), lambda: service.services)
    return Reply(response.status, {name.lower(): value for name, value in response.headers.items()}, response.body)


def _find(method: str, path: str) -> tuple[Handle, dict[str, str]]:
    """The handler, and the parts of the path by name, decoded once as the Functions host does."""
    segments = path.split("/")
    for (verb, template), handle in _ROUTES.items():
        names = template.split("/")
        if verb == method and len(names) == len(segments):
            pairs = list(zip(names, map(unquote, segments), strict=True))
            if all(name == segment or name.startswith("{") for name, segment in pairs):
                return handle, {name.strip("{}"): segment for name, segment in pairs if name.startswith("{")}
    raise LookupError(f"{method} /api/{path} is no route")
