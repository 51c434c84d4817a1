"""What Azure Functions indexes: triggers and routes. Converts in, calls the handler, converts out, and nothing else.

`shared.wiring` and the libraries behind it are imported by the first request, so that a cold start stays short. A
function that needs the client of Durable Functions has to be a coroutine; its work blocks, so it is done on threads of
ours, those that watch and those that read results apart from those that work: a Graph that hangs does not keep the
status of a job from answering.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import azure.durable_functions as df
import azure.functions as func

from shared.api import jobs as job_routes
from shared.api import lists, users
from shared.api.frame import WebRequest, WebResponse
from shared.jobs import activities, orchestrate
from shared.jobs.durable import DurableEngine
from shared.jobs.engine import Engine
from shared.services import Services

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

_USER = "users/{user}"
_PHONES = f"{_USER}/phone-methods"
_JOB = "jobs/{id}"
_working = ThreadPoolExecutor(16, thread_name_prefix="work")
_watching = ThreadPoolExecutor(4, thread_name_prefix="watch")
_reading = ThreadPoolExecutor(4, thread_name_prefix="read")
Handle = Callable[[WebRequest, Callable[[], Services]], WebResponse]
HandleJob = Callable[[WebRequest, Callable[[], Services], Engine], WebResponse]


@app.route(route="reconcile", methods=["POST"])
@app.durable_client_input(client_name="client")
async def reconcile(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, context: func.Context
) -> func.HttpResponse:
    return await _on(_working, lists.handle_reconcile, req, client, context)


@app.route(route=_JOB, methods=["GET"])
@app.durable_client_input(client_name="client")
async def get_job(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, context: func.Context
) -> func.HttpResponse:
    return await _on(_watching, job_routes.handle_job, req, client, context)


@app.route(route=_JOB, methods=["DELETE"])
@app.durable_client_input(client_name="client")
async def cancel_job(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, context: func.Context
) -> func.HttpResponse:
    return await _on(_watching, job_routes.handle_cancel, req, client, context)


@app.route(route=f"{_JOB}/result", methods=["GET"])
@app.durable_client_input(client_name="client")
async def get_job_result(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, context: func.Context
) -> func.HttpResponse:
    return await _on(_reading, job_routes.handle_result, req, client, context)


@app.orchestration_trigger(context_name="context")
def run_job(context: df.DurableOrchestrationContext) -> orchestrate.Steps:
    return (yield from orchestrate.run_job(context))


@app.orchestration_trigger(context_name="context")
def run_wave(context: df.DurableOrchestrationContext) -> orchestrate.Steps:
    return (yield from orchestrate.run_wave(context))


@app.activity_trigger(input_name="order")
def plan_chunk(order: dict) -> dict:
    return activities.plan_chunk(_services(), order)


@app.activity_trigger(input_name="order")
def apply_chunk(order: dict) -> dict:
    return activities.apply_chunk(_services(), order)


@app.activity_trigger(input_name="order")
def mark_duplicates(order: dict) -> dict:
    return activities.mark_duplicates(_services(), order)


@app.timer_trigger(arg_name="timer", schedule="0 17 3 * * *")
@app.durable_client_input(client_name="client")
async def purge_jobs(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001
    """The history of old jobs goes, after their blobs, which go by the storage account's own rule within two days of
    the time: a job without a history would begin anew."""
    before = datetime.now(UTC) - timedelta(days=_services().jobs.retention_days + 3)
    await client.purge_instance_history_by(_LONG_AGO, before, list(_FINISHED))


# The client wants a beginning.
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_FINISHED = (
    df.OrchestrationRuntimeStatus.Completed,
    df.OrchestrationRuntimeStatus.Failed,
    df.OrchestrationRuntimeStatus.Terminated,
)


@app.route(route="set", methods=["POST"])
def set_values(req: func.HttpRequest) -> func.HttpResponse:
    return _run(lists.handle_set, req)


@app.route(route="provision", methods=["POST"])
def provision(req: func.HttpRequest) -> func.HttpResponse:
    return _run(lists.handle_provision, req)


@app.route(route=f"{_USER}/methods", methods=["GET"])
def list_methods(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_list_all, req)


@app.route(route=_PHONES, methods=["GET"])
def list_phone_methods(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_list, req)


@app.route(route=_PHONES, methods=["POST"])
def create_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_create, req)


@app.route(route=f"{_PHONES}/{{type}}", methods=["GET"])
def get_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_get, req)


@app.route(route=f"{_PHONES}/{{type}}", methods=["PATCH"])
def update_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_update, req)


@app.route(route=f"{_PHONES}/{{type}}", methods=["DELETE"])
def delete_phone_method(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_delete, req)


@app.route(route=f"{_PHONES}/mobile/enable-sms-sign-in", methods=["POST"])
def enable_sms_sign_in(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_enable_sms_sign_in, req)


@app.route(route=f"{_PHONES}/mobile/disable-sms-sign-in", methods=["POST"])
def disable_sms_sign_in(req: func.HttpRequest) -> func.HttpResponse:
    return _run(users.handle_disable_sms_sign_in, req)


@app.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding is named so
    # A coroutine needs no thread of the worker's pool, which others may hold.
    return _out(lists.handle_health())


def _run(handle: Handle, req: func.HttpRequest) -> func.HttpResponse:
    return _out(handle(_in(req), _services))


async def _on(
    threads: Executor,
    handle: HandleJob,
    req: func.HttpRequest,
    client: df.DurableOrchestrationClient,
    context: func.Context,
) -> func.HttpResponse:
    loop = asyncio.get_running_loop()
    engine = DurableEngine(client, loop)

    def work() -> WebResponse:
        # The worker drops log lines of threads that it cannot tell the invocation of: it looks for it here, or (from
        # Python 3.13 on) in the context that is copied below.
        context.thread_local_storage.invocation_id = context.invocation_id  # type: ignore[attr-defined]
        return handle(_in(req), _services, engine)

    return _out(await loop.run_in_executor(threads, contextvars.copy_context().run, work))


def _services() -> Services:
    from shared import wiring

    return wiring.services()


def _in(req: func.HttpRequest) -> WebRequest:
    headers = {name.lower(): value for name, value in req.headers.items()}
    return WebRequest(req.get_body(), headers, req.url.partition("?")[2], dict(req.route_params))


def _out(response: WebResponse) -> func.HttpResponse:
    return func.HttpResponse(response.body, status_code=response.status, headers=dict(response.headers))
