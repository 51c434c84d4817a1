"""What Azure Functions indexes: triggers and routes. Converts in, calls the handler, converts out, and nothing else.

`shared.wiring` and the libraries behind it are imported by the first request, so that a cold start stays short.
"""

import azure.functions as func

from shared.handler import Services, WebRequest, WebResponse, handle_health, handle_reconcile

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="reconcile", methods=["POST"])
def reconcile(req: func.HttpRequest) -> func.HttpResponse:
    return _out(handle_reconcile(_in(req), _services))


@app.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding is named so
    return _out(handle_health())


def _services() -> Services:
    from shared import wiring

    return wiring.services()


def _in(req: func.HttpRequest) -> WebRequest:
    headers = {name.lower(): value for name, value in req.headers.items()}
    return WebRequest(req.get_body(), headers, req.url.partition("?")[2])


def _out(response: WebResponse) -> func.HttpResponse:
    return func.HttpResponse(response.body, status_code=response.status, headers=dict(response.headers))
