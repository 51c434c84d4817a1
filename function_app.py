"""What Azure Functions indexes: triggers and routes. Converts in, calls the handler, converts out, and nothing else.

Indexing imports nothing but azure-functions: triggers and the client of Durable Functions are declared with its generic
decorators, and each function imports its handler. Once the worker has the list of functions, a thread imports what the
first request needs, while the host is still starting.

Every HTTP function is a coroutine, and its work blocks, so it is done on threads of ours. Lists, single users, callers
that watch a job and those that read its results have threads of their own: a Graph that hangs does not keep the status
of a job from answering.
"""

import asyncio
import atexit
import concurrent.futures.thread  # noqa: F401 - it cannot be imported any more by a thread while the process ends
import contextvars
import importlib
import os
import re
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import azure.functions as func

if TYPE_CHECKING:
    from shared.api.frame import WebRequest, WebResponse
    from shared.api.threads import Threads
    from shared.jobs.durable import DurableEngine
    from shared.services import Services

# What a first request needs, in that order; the last is for the first job.
_AHEAD = (
    *("shared.api.threads", "shared.api.lists", "shared.api.users", "shared.api.apply", "shared.api.check"),
    "shared.jobs.durable",
    "shared.wiring",
    *("azure.keyvault.secrets", "azure.identity", "requests", "jsonschema", "msal", "phonenumbers"),
    "azure.durable_functions",
)


class _App(func.FunctionApp):
    def get_functions(self) -> list[func.Function]:
        """The worker calls this once, right after it has imported this module. It is the last thing it does before the
        first request."""
        functions: list[func.Function] = super().get_functions()
        _importing.start()
        return functions


def _import_ahead() -> None:
    for name in _AHEAD:
        if _is_ending.is_set():
            break
        importlib.import_module(name)


def _end() -> None:
    """A process that exits while a thread is inside native code can die from a signal."""
    _is_ending.set()
    _await_imports()


def _await_imports() -> None:
    """Two threads that import one library at once may see it half made, where its modules import each other."""
    if _importing.is_alive():
        _importing.join()


_is_ending = threading.Event()
_importing = threading.Thread(target=_import_ahead, name="import", daemon=True)
atexit.register(_end)

app = _App(http_auth_level=func.AuthLevel.FUNCTION)

# The same that `shared.settings` reads.
_NCRONTAB = re.compile(Path(__file__).with_name("shared").joinpath("settings", "schedule.regex").read_text("ascii"))
_USER = "users/{user}"
_PHONES = f"{_USER}/phone-methods"
_PHONE = f"{_PHONES}/{{type}}"
_MOBILE = f"{_PHONES}/mobile"
_JOB = "jobs/{id}"
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
HttpFunction = Callable[..., Coroutine[Any, Any, func.HttpResponse]]
_client = app.generic_input_binding(arg_name="client", type="durableClient")

# The lanes that `shared.wiring` makes for long lists can take 96 of these; the others are left for short ones.
_LISTS, _USERS, _WATCHING, _READING = ("lists", 128), ("users", 16), ("watch", 4), ("read", 4)
_CHECKING = ("check", 2)


def _http(name: str, method: str, route: str, kind: tuple[str, int], handler: str) -> HttpFunction:
    """Declares a route. `handler` is a function of `shared.api`; threads of this kind run it."""

    async def called(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        return await _on(kind, handler, req, context)

    return _named(name, app.route(route=route, methods=[method]), called)


def _http_with_jobs(
    name: str, method: str, route: str, kind: tuple[str, int], handler: str, level: func.AuthLevel | None = None
) -> HttpFunction:
    """The same for a handler that needs the engine of jobs."""

    async def called(req: func.HttpRequest, client: str, context: func.Context) -> func.HttpResponse:
        return await _on(kind, handler, req, context, client)

    return _named(name, app.route(route=route, methods=[method], auth_level=level), called, _client)


def _orchestration(name: str, orchestrator: str) -> Callable[..., str]:
    """`orchestrator` is a generator function of `shared.jobs`."""

    def called(context: func.OrchestrationContext) -> str:
        from shared.jobs import durable

        _await_imports()
        return durable.run(_function(f"shared.jobs.{orchestrator}"), context)

    return _named(name, app.generic_trigger(arg_name="context", type="orchestrationTrigger"), called)


def _activity(name: str, activity: str) -> Callable[..., dict]:
    """`activity` is a function of `shared.jobs`."""

    def called(order: dict, context: func.Context) -> dict:
        done: dict = _bound(context, lambda: _function(f"shared.jobs.{activity}")(_services(), order))()
        return done

    return _named(name, app.generic_trigger(arg_name="order", type="activityTrigger"), called)


def _activity_with_jobs(name: str, activity: str) -> Callable[..., Coroutine[Any, Any, dict]]:
    """The same for an activity that begins jobs. Guess: an activity may have the client as a second binding."""

    async def called(order: dict, client: str, context: func.Context) -> dict:
        engine = _engine(client, context)
        work = _bound(context, lambda: _function(f"shared.jobs.{activity}")(_services(), engine, order))
        done: dict = await asyncio.to_thread(work)
        return done

    return _named(name, app.generic_trigger(arg_name="order", type="activityTrigger"), called, _client)


def _timer(name: str, setting: str) -> None:
    """Declares a timer if the setting holds a schedule; another text is a fault that `read_settings` reports."""
    if not _NCRONTAB.fullmatch(os.environ.get(setting, "").strip()):
        return

    async def called(timer: func.TimerRequest, client: str, context: func.Context) -> None:  # noqa: ARG001 - as above
        engine = _engine(client, context)
        await asyncio.to_thread(_bound(context, lambda: _function("shared.jobs.alone.tick")(engine, name)))

    _named(f"{name}_timer", app.timer_trigger(arg_name="timer", schedule=f"%{setting}%"), called, _client)


def _named(name: str, declare: Callable[[Any], Any], function: F, bind: Callable[[F], Any] = lambda same: same) -> F:
    app.function_name(name)(declare(bind(function)))
    return function


reconcile = _http_with_jobs("reconcile", "POST", "reconcile", _LISTS, "lists.handle_reconcile")
set_values = _http("set_values", "POST", "set", _LISTS, "lists.handle_set")
provision = _http("provision", "POST", "provision", _LISTS, "lists.handle_provision")
report = _http_with_jobs("report", "POST", "report", _LISTS, "report.handle_report")

list_jobs = _http("list_jobs", "GET", "jobs", _WATCHING, "job_list.handle_jobs")
get_job = _http_with_jobs("get_job", "GET", _JOB, _WATCHING, "jobs.handle_job")
cancel_job = _http_with_jobs("cancel_job", "DELETE", _JOB, _WATCHING, "jobs.handle_cancel")
apply_job = _http_with_jobs("apply_job", "POST", f"{_JOB}/apply", _LISTS, "apply.handle_apply")
get_job_result = _http_with_jobs("get_job_result", "GET", f"{_JOB}/result", _READING, "jobs.handle_result")

lifecycle = _http_with_jobs("lifecycle", "POST", "lifecycle", _LISTS, "lifecycle.handle_lifecycle")

list_methods = _http("list_methods", "GET", f"{_USER}/methods", _USERS, "users.handle_list_all")
list_phone_methods = _http("list_phone_methods", "GET", _PHONES, _USERS, "users.handle_list")
create_phone_method = _http("create_phone_method", "POST", _PHONES, _USERS, "users.handle_create")
get_phone_method = _http("get_phone_method", "GET", _PHONE, _USERS, "users.handle_get")
update_phone_method = _http("update_phone_method", "PATCH", _PHONE, _USERS, "users.handle_update")
delete_phone_method = _http("delete_phone_method", "DELETE", _PHONE, _USERS, "users.handle_delete")
enable_sms_sign_in = _http(
    *("enable_sms_sign_in", "POST", f"{_MOBILE}/enable-sms-sign-in", _USERS, "users.handle_enable_sms_sign_in")
)
disable_sms_sign_in = _http(
    *("disable_sms_sign_in", "POST", f"{_MOBILE}/disable-sms-sign-in", _USERS, "users.handle_disable_sms_sign_in")
)
get_check = _http_with_jobs("get_check", "GET", "check", _CHECKING, "check.handle_check", func.AuthLevel.ADMIN)


@app.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding is named so
    from shared.api import lists

    return _out(lists.handle_health())


run_job = _orchestration("run_job", "orchestrate.run_job")
run_wave = _orchestration("run_wave", "orchestrate.run_wave")
sweep = _orchestration("sweep", "alone.sweep")
check = _orchestration("check", "alone.check")

list_users = _activity("list_users", "list_users.list_users")
begin_sweep = _activity_with_jobs("begin_sweep", "alone.run_sweep")
begin_check = _activity_with_jobs("begin_check", "alone.run_check")
tell_drift = _activity("tell_drift", "drift.tell_drift")
plan_chunk = _activity("plan_chunk", "activities.plan_chunk")
apply_chunk = _activity("apply_chunk", "activities.apply_chunk")
mark_duplicates = _activity("mark_duplicates", "whole.mark_duplicates")
judge_plan = _activity("judge_plan", "whole.judge_plan")
settle_job = _activity("settle_job", "whole.settle_job")
survey_tenant = _activity("survey_tenant", "survey.tenant.survey_tenant")
report_chunk = _activity("report_chunk", "survey.rows.report_chunk")
settle_report = _activity("settle_report", "survey.settle.settle_report")
resume_workflow = _activity("resume_workflow", "resume.resume_workflow")

_timer("sweep", "SWEEP_SCHEDULE")
_timer("check", "CHECK_SCHEDULE")


@app.timer_trigger(arg_name="timer", schedule="0 17 3 * * *")
@_client
async def purge_jobs(timer: func.TimerRequest, client: str, context: func.Context) -> None:  # noqa: ARG001 - so named
    """The log is told how long secrets last. Then the history of old jobs goes, after their blobs, which go by the
    storage account's own rule within two days of the time: a job without a history would begin anew."""
    from shared.jobs import durable, nightly

    await asyncio.to_thread(_bound(context, lambda: nightly.log_expiry(_services(), datetime.now(UTC))))
    await durable.purge(client, datetime.now(UTC) - timedelta(days=_services().jobs.retention_days + 3))


async def _on(
    kind: tuple[str, int], handler: str, req: func.HttpRequest, context: func.Context, client: str | None = None
) -> func.HttpResponse:
    """`handler` is a function of `shared.api`; with the binding `client` it is given the engine of jobs."""
    from shared.api import threads

    handle = _function(f"shared.api.{handler}")
    if client is not None:
        handle = partial(handle, engine=_engine(client, context))
    return await _served(threads.of(*kind), handle, req, context)


async def _served(
    threads: "Threads", handle: Callable[..., "WebResponse"], req: func.HttpRequest, context: func.Context
) -> func.HttpResponse:
    request = _in(req)
    if threads.are_full:
        return _out(handle(request, threads.refuse))
    return _out(await threads.run(_bound(context, lambda: handle(request, _services))))


def _function(name: str) -> Callable[..., Any]:
    """Imported when it is needed, not when the app is indexed."""
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _bound(context: func.Context, work: Callable[[], T]) -> Callable[[], T]:
    """The work with log lines that belong to this invocation, on whichever threads."""

    def bound() -> T:
        from shared import log

        log.claim_for(context)
        return work()

    return partial(contextvars.copy_context().run, bound)


def _engine(client: str, context: func.Context) -> "DurableEngine":
    from shared.jobs.durable import DurableEngine

    return DurableEngine(client, context.invocation_id, asyncio.get_running_loop())


def _services() -> "Services":
    _await_imports()
    from shared import wiring

    return wiring.services()


def _in(req: func.HttpRequest) -> "WebRequest":
    from shared.api.frame import WebRequest

    headers = {name.lower(): value for name, value in req.headers.items()}
    address, _, query = req.url.partition("?")
    origin = "/".join(address.split("/", 3)[:3])
    path = unquote(address.removeprefix(origin))
    return WebRequest(req.get_body(), headers, query, dict(req.route_params), origin, req.method.upper(), path)


def _out(response: "WebResponse") -> func.HttpResponse:
    return func.HttpResponse(response.body, status_code=response.status, headers=dict(response.headers))
