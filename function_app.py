"""What Azure Functions indexes: triggers and routes. Converts in, calls the handler, converts out, and nothing else.

`shared.wiring` and the libraries behind it are imported by the first request, so that a cold start stays short.
"""

from collections.abc import Callable

import azure.functions as func

from shared import handler, single
from shared.web import Services, WebRequest, WebResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

_USER = "users/{user}"
_PHONES = f"{_USER}/phone-methods"
Handle = Callable[[WebRequest, Callable[[], Services]], WebResponse]


@app.route(route="reconcile", methods=["POST"])
def reconcile(req: func.HttpRequest) -> func.HttpResponse:
    return _run(handler.handle_reconcile, req)


@app.route(route="set", methods=["POST"])
def set_values(req: func.HttpRequest) -> func.HttpResponse:
    return _run(handler.handle_set, req)


@app.route(route="provision", methods=["POST"])
def provision(req: func.HttpRequest) -> func.HttpResponse:
    return _run(handler.handle_provision, req)


@app.route(route=f"{_USER}/methods", methods=["GET"])
def list_methods(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_list_all, req)


@app.route(route=_PHONES, methods=["GET"])
def list_phone_methods(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_list, req)


@app.route(route=_PHONES, methods=["POST"])
def create_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_create, req)


@app.route(route=f"{_PHONES}/{{type}}", methods=["GET"])
def get_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_get, req)


@app.route(route=f"{_PHONES}/{{type}}", methods=["PATCH"])
def update_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_update, req)


@app.route(route=f"{_PHONES}/{{type}}", methods=["DELETE"])
def delete_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_delete, req)


@app.route(route=f"{_PHONES}/mobile/enable-sms-sign-in", methods=["POST"])
def enable_sms_sign_in(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_enable_sms_sign_in, req)


@app.route(route=f"{_PHONES}/mobile/disable-sms-sign-in", methods=["POST"])
def disable_sms_sign_in(req: func.HttpRequest) -> func.HttpResponse:
    return _run(single.handle_disable_sms_sign_in, req)


@app.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding is named so
    return _out(handler.handle_health())


def _run(handle: Handle, req: func.HttpRequest) -> func.HttpResponse:
    return _out(handle(_in(req), _services))


def _services() -> Services:
    from shared import wiring

    return wiring.services()


def _in(req: func.HttpRequest) -> WebRequest:
    headers = {name.lower(): value for name, value in req.headers.items()}
    return WebRequest(req.get_body(), headers, req.url.partition("?")[2], dict(req.route_params))


def _out(response: WebResponse) -> func.HttpResponse:
    return func.HttpResponse(response.body, status_code=response.status, headers=dict(response.headers))
