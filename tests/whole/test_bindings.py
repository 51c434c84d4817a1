"""The triggers and bindings are those that the decorators of azure-functions-durable would make."""

from pathlib import Path

from sandbox.host import indexed_functions
from tests.whole.conftest import CHECKOUT

DURABLE = """
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="reconcile", methods=["POST"])
@app.durable_client_input(client_name="client")
async def reconcile(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.route(route="lifecycle", methods=["POST"])
@app.durable_client_input(client_name="client")
async def lifecycle(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.route(route="report", methods=["POST"])
@app.durable_client_input(client_name="client")
async def report(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.route(route="jobs/{id}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def get_job(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.route(route="jobs/{id}", methods=["DELETE"])
@app.durable_client_input(client_name="client")
async def cancel_job(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.route(route="jobs/{id}/apply", methods=["POST"])
@app.durable_client_input(client_name="client")
async def apply_job(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.route(route="jobs/{id}/result", methods=["GET"])
@app.durable_client_input(client_name="client")
async def get_job_result(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.route(route="check", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
@app.durable_client_input(client_name="client")
async def get_check(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse: ...


@app.orchestration_trigger(context_name="context")
def run_job(context: df.DurableOrchestrationContext): ...


@app.orchestration_trigger(context_name="context")
def run_wave(context: df.DurableOrchestrationContext): ...


@app.activity_trigger(input_name="order")
def plan_chunk(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def apply_chunk(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def mark_duplicates(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def judge_plan(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def settle_job(order: dict) -> dict: ...


@app.orchestration_trigger(context_name="context")
def sweep(context: df.DurableOrchestrationContext): ...


@app.orchestration_trigger(context_name="context")
def check(context: df.DurableOrchestrationContext): ...


@app.activity_trigger(input_name="order")
@app.durable_client_input(client_name="client")
async def begin_sweep(order: dict, client: df.DurableOrchestrationClient) -> dict: ...


@app.activity_trigger(input_name="order")
@app.durable_client_input(client_name="client")
async def begin_check(order: dict, client: df.DurableOrchestrationClient) -> dict: ...


@app.activity_trigger(input_name="order")
def tell_drift(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def list_users(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def resume_workflow(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def survey_tenant(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def report_chunk(order: dict) -> dict: ...


@app.activity_trigger(input_name="order")
def settle_report(order: dict) -> dict: ...


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
@app.durable_client_input(client_name="client")
async def sweep_timer(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="%CHECK_SCHEDULE%")
@app.durable_client_input(client_name="client")
async def check_timer(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None: ...


@app.timer_trigger(arg_name="timer", schedule="0 17 3 * * *")
@app.durable_client_input(client_name="client")
async def purge_jobs(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None: ...
"""


def test_the_generic_decorators_make_the_same_bindings(tmp_path: Path) -> None:
    tmp_path.joinpath("host.json").write_text('{"version": "2.0"}', encoding="utf-8")
    tmp_path.joinpath("function_app.py").write_text(DURABLE, encoding="utf-8")
    schedules = {"SWEEP_SCHEDULE": "0 */15 * * * *", "CHECK_SCHEDULE": "0 0 5 * * Mon"}
    durable = {function.name: function.bindings for function in indexed_functions(tmp_path, {})}
    ours = {function.name: function.bindings for function in indexed_functions(CHECKOUT, schedules)}
    assert len(durable) == 28
    assert {name: ours.get(name) for name in durable} == durable
    kinds = {binding["type"] for name in ours.keys() - durable.keys() for binding in ours[name]}
    assert kinds == {"httpTrigger", "http"}


def test_a_timer_is_there_only_while_its_setting_is_a_schedule() -> None:
    def timers(**settings: str) -> set[str]:
        return {function.name for function in indexed_functions(CHECKOUT, settings)} & {"sweep_timer", "check_timer"}

    assert timers() == set()
    assert timers(SWEEP_SCHEDULE="every day", CHECK_SCHEDULE="") == set()
    assert timers(SWEEP_SCHEDULE="0 */15 * * * *") == {"sweep_timer"}
    assert timers(CHECK_SCHEDULE=" 0 0 5 * * 1-5 ") == {"check_timer"}
