"""An app that uses everything of Durable Functions that the sandbox's host knows.

Each run of an activity leaves a line in the file RUNS, so that a test sees how often it ran. An activity that is given
{"hold": …} waits until the file HOLD is gone.
"""

import json
import os
import random
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
Steps = Generator[Any, Any, Any]


def reply(body: object, status: int = 200) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/json")


@app.route(route="start/{name}/{id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    given = json.loads(req.get_body()) if req.get_body() else None
    try:
        started = await client.start_new(req.route_params["name"], req.route_params.get("id"), given)
    except Exception as error:  # noqa: BLE001 - what the client raises
        return reply(str(error), 409)
    return reply(started, 202)


@app.route(route="status/{id}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def status(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    found = await client.get_status(req.route_params["id"], show_history="history" in req.params)
    if not found:
        return reply(None, 404)
    return reply({**found.to_json(), "history": getattr(found, "historyEvents", None)})


@app.route(route="list", methods=["GET"])
@app.durable_client_input(client_name="client")
async def listed(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    wanted = [df.OrchestrationRuntimeStatus(req.params["status"])] if "status" in req.params else None
    found = await client.get_status_by(runtime_status=wanted, instance_id_prefix=req.params.get("prefix"))
    return reply([item.instance_id for item in found])


@app.route(route="terminate/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def terminate(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.terminate(req.route_params["id"], "no longer wanted")
    return reply(None)


@app.route(route="raise/{id}/{event}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def raise_event(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.raise_event(req.route_params["id"], req.route_params["event"], json.loads(req.get_body()))
    return reply(None)


@app.route(route="purge/{id?}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def purge(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    instance = req.route_params.get("id")
    if instance:
        done = await client.purge_instance_history(instance)
    else:
        some = (await client.get_status_all())[0].created_time
        finished = [df.OrchestrationRuntimeStatus.Completed]
        done = await client.purge_instance_history_by(some - timedelta(days=1), runtime_status=finished)
    return reply(done.instances_deleted)


@app.route(route="management/{id}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def management(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return reply(client.create_http_management_payload(req.route_params["id"]))


@app.activity_trigger(input_name="job")
def work(job: dict) -> dict:  # the worker library refuses dict[str, Any] here
    """Fails in its first runs when told to; runs are counted across processes by the lines of the file."""
    with Path(os.environ["RUNS"]).open("a+", encoding="utf-8") as runs:
        runs.write(f"{job['n']}\n")
        runs.flush()
        runs.seek(0)
        count = runs.read().split().count(str(job["n"]))
    if "pause" in job:
        time.sleep(random.uniform(0, job["pause"]))  # noqa: S311
    while job.get("hold") and Path(os.environ["HOLD"]).exists():
        time.sleep(0.01)
    if count <= job.get("failures", 0):
        raise RuntimeError(f"work {job['n']} failed in run {count}")
    return {"n": job["n"], "square": job["n"] ** 2, "text": "x" * job.get("size", 0)}


@app.orchestration_trigger(context_name="context")
def waves(context: df.DurableOrchestrationContext) -> Steps:
    """Jobs in waves of tasks that run at once; the custom status tells how many are done."""
    given = context.get_input()
    jobs, width = given["jobs"], given.get("width", 50)
    total = 0
    for begin in range(0, len(jobs), width):
        tasks = [context.call_activity("work", job) for job in jobs[begin : begin + width]]
        total += sum(done["square"] for done in (yield context.task_all(tasks)))
        context.set_custom_status({"done": min(begin + width, len(jobs))})
    return total


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext) -> Steps:
    """One child after the other; each runs the jobs of one wave."""
    totals = []
    for number, jobs in enumerate(context.get_input()["waves"]):
        child = f"{context.instance_id}:{number}"
        totals.append((yield context.call_sub_orchestrator("waves", {"jobs": jobs}, child)))
        context.set_custom_status({"waves": len(totals)})
    return totals


@app.orchestration_trigger(context_name="context")
def nameless_child(context: df.DurableOrchestrationContext) -> Steps:
    try:
        return (yield context.call_sub_orchestrator("failing", context.get_input()))
    except Exception as error:  # noqa: BLE001 - what the SDK raises
        return str(error)


@app.orchestration_trigger(context_name="context")
def failing(context: df.DurableOrchestrationContext) -> Steps:
    context.set_custom_status("before the failure")
    yield context.call_activity("work", {"n": 1})
    raise ValueError("this orchestrator gives up")


@app.orchestration_trigger(context_name="context")
def retrying(context: df.DurableOrchestrationContext) -> Steps:
    """Retried jobs beside one that is not awaited at first: event ids must be handed out in the SDK's order."""
    given = context.get_input()
    options = df.RetryOptions(first_retry_interval_in_milliseconds=given["interval"], max_number_of_attempts=3)
    retried = [context.call_activity_with_retry("work", options, job) for job in given["jobs"]]
    yield context.task_any(retried)
    between = yield context.call_activity("work", {"n": 100})
    squares = []
    for task in retried:
        try:
            squares.append((yield task)["square"])
        except Exception as error:  # noqa: BLE001 - what the SDK raises
            squares.append(str(error).splitlines()[0])
    return {"between": between["n"], "squares": squares}


@app.orchestration_trigger(context_name="context")
def retried_child(context: df.DurableOrchestrationContext) -> Steps:
    options = df.RetryOptions(first_retry_interval_in_milliseconds=1000, max_number_of_attempts=3)
    return (yield context.call_sub_orchestrator_with_retry("waves", options, context.get_input()))


@app.orchestration_trigger(context_name="context")
def patient(context: df.DurableOrchestrationContext) -> Steps:
    """Tries again every five minutes until the work is done or an hour has passed."""
    begun = context.current_utc_datetime
    while True:
        try:
            yield context.call_activity("work", context.get_input())
            outcome = "done"
            break
        except Exception:  # noqa: BLE001 - what the SDK raises
            if context.current_utc_datetime - begun >= timedelta(hours=1):
                outcome = "gave up"
                break
            yield context.create_timer(context.current_utc_datetime + timedelta(minutes=5))
    return {"outcome": outcome, "minutes": round((context.current_utc_datetime - begun).total_seconds() / 60)}


@app.orchestration_trigger(context_name="context")
def approval(context: df.DurableOrchestrationContext) -> Steps:
    timer = context.create_timer(context.current_utc_datetime + timedelta(days=10))
    event = context.wait_for_external_event("Approval")
    winner = yield context.task_any([event, timer])
    if winner is timer:
        return "too late"
    timer.cancel()
    second = yield context.wait_for_external_event("Second")
    return [event.result, second]


@app.orchestration_trigger(context_name="context")
def again(context: df.DurableOrchestrationContext) -> Steps:
    left = context.get_input()
    yield context.call_activity("work", {"n": left})
    if left > 0:
        context.continue_as_new(left - 1)
        return None
    return "the end"


@app.orchestration_trigger(context_name="context")
def fickle(context: df.DurableOrchestrationContext) -> Steps:
    """Against the rules: what it does depends on whether it is replayed."""
    first = "work" if not context.is_replaying else "other"
    yield context.call_activity(first, {"n": 1})
    yield context.call_activity("work", {"n": 2})


@app.orchestration_trigger(context_name="context")
def caught(context: df.DurableOrchestrationContext) -> Steps:
    """Goes on after one of several tasks has failed."""
    try:
        yield context.task_all([context.call_activity("work", job) for job in context.get_input()["jobs"]])
    except Exception:  # noqa: BLE001 - what the SDK raises
        return (yield context.call_activity("work", {"n": 5000}))["square"]


@app.orchestration_trigger(context_name="context")
def unknown(context: df.DurableOrchestrationContext) -> Steps:
    yield context.call_activity("no_such_activity", 1)
