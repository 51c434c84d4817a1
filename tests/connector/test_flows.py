"""The flow templates name what the definition has, and do what they say against the running app."""

import copy
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import Fault, SandboxTenant
from tests.connector.definition import FOLDER, Json, Operation, find, follow, load
from tests.connector.flow_run import FlowRun, Terminated, actions_of
from tests.waiting import wait_for
from tests.whole.calls import call
from tests.whole.conftest import HostMaker

FLOWS = {path.stem: load(path) for path in sorted(FOLDER.glob("flow-*.json"))}
EACH = pytest.mark.parametrize("flow", FLOWS.values(), ids=list(FLOWS))
BJORN, NOBODY = "bjorn.berg@contoso.com", "nobody@contoso.com"
STOPPED = pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"MAX_OVERWRITES": "0", "MAX_OVERWRITES_PERCENT": "0"}, "tooManyOverwrites"),
        ({"READ_ONLY": "true"}, "readOnly"),
    ],
    ids=["limit", "read-only"],
)


def actions(flow: Json) -> Json:
    found = flow["properties"]["definition"]["actions"]
    assert isinstance(found, dict)
    return found


def calls(flow: Json) -> list[Json]:
    return [action for _, action in actions_of(actions(flow)) if action["type"] == "OpenApiConnection"]


def may_be_given(document: Json, operation: Operation) -> dict[str, bool]:
    """The parameters that a flow can fill, and whether it must. Those of a body are `body/<name>`."""
    found = {}
    for (place, name), parameter in operation.parameters.items():
        if place == "body":
            schema = follow(document, parameter["schema"])
            found |= {f"body/{key}": key in schema.get("required", []) for key in schema["properties"]}
        elif parameter["x-ms-visibility"] != "internal":
            found[name] = parameter["required"]
    return found


def test_there_is_one_for_onboarding_and_one_for_a_nightly_list() -> None:
    assert FLOWS.keys() == {"flow-hr-onboarding", "flow-nightly-list"}


@EACH
def test_it_names_operations_and_parameters_that_the_definition_has(flow: Json, document: Json) -> None:
    assert calls(flow)
    for action in calls(flow):
        operation = find(document, action["inputs"]["host"]["operationId"])
        allowed = may_be_given(document, operation)
        given = action["inputs"]["parameters"].keys()
        assert given <= allowed.keys(), operation.id
        assert {name for name, required in allowed.items() if required} <= given, operation.id


@EACH
def test_every_action_that_may_get_a_202_switches_the_polling_of_the_platform_off(flow: Json, document: Json) -> None:
    for action in calls(flow):
        if 202 in find(document, action["inputs"]["host"]["operationId"]).responses:
            assert action.get("operationOptions") == "DisableAsyncPattern"


@EACH
def test_its_actions_follow_each_other_and_use_only_the_connection_that_it_names(flow: Json) -> None:
    references = flow["properties"]["connectionReferences"]
    for action in calls(flow):
        host = action["inputs"]["host"]
        assert host["connectionName"] in references
        assert host["apiId"].rpartition("/")[2] == references[host["connectionName"]]["api"]["name"]
    names = [name for name, _ in actions_of(actions(flow))]
    assert len(names) == len(set(names))
    for name, action in actions_of(actions(flow)):
        assert re.fullmatch(r"\w{1,80}", name)
        assert action["runAfter"].keys() <= set(names)


def hiring(document: Json, host: HostProcess, upn: str) -> FlowRun:
    return FlowRun(document, host, {"userPrincipalName": upn, "ticket": "HR 4711"}, uuid.uuid4().hex)


def hire(document: Json, host: HostProcess, upn: str, handshake: str | None = None) -> FlowRun:
    flow = hiring(document, host, upn)
    flow.handshake = handshake or flow.handshake
    flow.run(actions(FLOWS["flow-hr-onboarding"]))
    return flow


def end_of(flow: FlowRun, steps: Json) -> tuple[str, str]:
    """Code and message with which the flow ends itself."""
    with pytest.raises(Terminated) as ended:
        flow.run(steps)
    code, message = ended.value.args
    return code, message


def end_when_cancelled(flow: FlowRun, steps: Json, box: SandboxTenant) -> tuple[str, str]:
    """The same of a flow whose job is cancelled while Graph has not answered yet."""
    box.tenant.faults.append(Fault("delay", host="graph"))
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(end_of, flow, steps)
        wait_for(lambda: flow.answers)
        job = flow.answers[0][1].body["jobId"]
        assert call(flow.host, method="DELETE", path=f"/api/jobs/{job}").body["status"] == "cancelling"
        box.tenant.faults.clear()
        return ending.result()


def test_a_new_hire_gets_the_number_of_the_directory(document: Json, host: HostProcess, box: SandboxTenant) -> None:
    flow = hire(document, host, BJORN)
    (start, accepted), *polls = flow.answers
    assert (start, accepted.status) == ("ReconcileUsers", 202)
    # Location leads to what Get_result asks for, with nothing of the secrets in it.
    assert accepted.headers["location"] == f"{host.url}/api/jobs/{accepted.body['jobId']}/result"
    assert {name for name, _ in polls} == {"GetJobResult"}
    assert [answer.status for _, answer in polls[:-1]] == [202] * (len(polls) - 1)
    assert polls[-1][1].codes == ["updated"]
    assert len(box.tenant.writes()) == 1


def test_location_needs_the_key_and_the_handshake(document: Json, host: HostProcess) -> None:
    location = hire(document, host, BJORN).answers[0][1].headers["location"].removeprefix(host.url)
    assert call(host, method="GET", path=location).codes == ["updated"]
    assert call(host, method="GET", path=location, key="").status == 401
    assert call(host, method="GET", path=location, headers=[]).status == 401


def test_a_new_hire_who_is_not_there_ends_the_flow_with_the_code(document: Json, host: HostProcess) -> None:
    with pytest.raises(Terminated, match="userNotFound"):
        hire(document, host, NOBODY)


def test_a_connection_with_a_wrong_handshake_ends_the_flow(document: Json, host: HostProcess) -> None:
    with pytest.raises(Terminated, match="unauthorized"):
        hire(document, host, BJORN, "wrong-handshake-not-real")


@STOPPED
def test_a_new_hire_whose_job_a_guard_stops_ends_the_flow_with_the_reason(
    document: Json, box: SandboxTenant, new_host: HostMaker, setting: dict[str, str], code: str
) -> None:
    with SandboxStorage() as storage:
        host = new_host(AzureWebJobsStorage=storage.connection_string, **setting)
        said = end_of(hiring(document, host, BJORN), actions(FLOWS["flow-hr-onboarding"]))
    assert (said[0], "Nothing was written" in said[1]) == (code, True), said
    assert box.tenant.writes() == []


def test_a_new_hire_whose_job_is_cancelled_ends_the_flow_with_that(
    document: Json, host: HostProcess, box: SandboxTenant
) -> None:
    flow = hiring(document, host, BJORN)
    assert end_when_cancelled(flow, actions(FLOWS["flow-hr-onboarding"]), box)[0] == "cancelled"


def nightly(users: list[str]) -> Json:
    flow = copy.deepcopy(actions(FLOWS["flow-nightly-list"]))
    flow["Names"]["inputs"] = users
    return flow


def at_night(document: Json, host: HostProcess) -> FlowRun:
    return FlowRun(document, host, {}, uuid.uuid4().hex)


def test_a_list_at_night_that_succeeds(document: Json, host: HostProcess, box: SandboxTenant) -> None:
    run = at_night(document, host)
    run.run(nightly([BJORN]))
    assert run.variables == {"skip": 0, "failed": []}
    assert len(box.tenant.writes()) == 1


def test_a_list_at_night_reads_all_pages_of_those_that_failed(document: Json, host: HostProcess) -> None:
    unknown = [f"nobody-{number}@contoso.com" for number in range(1100)]
    # The one between them is not on the pages, and moves the position of those after it.
    run = at_night(document, host)
    code, message = end_of(run, nightly([*unknown[:600], BJORN, *unknown[600:]]))
    assert [result["userPrincipalName"] for result in run.variables["failed"]] == unknown
    pages = [answer for name, answer in run.answers if name == "GetJobResult" and answer.status == 200][1:]
    assert [len(answer.body["results"]) for answer in pages] == [500, 500, 100]
    assert (code, message.rpartition(": ")[2]) == ("partial", "partial, 1100 users failed.")


@STOPPED
def test_a_list_at_night_that_a_guard_stops_ends_the_flow_with_the_reason(
    document: Json, box: SandboxTenant, new_host: HostMaker, setting: dict[str, str], code: str
) -> None:
    with SandboxStorage() as storage:
        host = new_host(AzureWebJobsStorage=storage.connection_string, **setting)
        said = end_of(at_night(document, host), nightly([BJORN]))
    assert (said[0], "Nothing was written" in said[1]) == (code, True), said
    assert box.tenant.writes() == []


def test_a_list_at_night_that_is_cancelled_ends_the_flow_with_that(
    document: Json, host: HostProcess, box: SandboxTenant
) -> None:
    code, message = end_when_cancelled(at_night(document, host), nightly([BJORN]), box)
    assert (code, message.rpartition(": ")[2]) == ("cancelled", "cancelled, 0 users failed.")


def test_an_empty_dynamic_value_that_removes_is_told_of_and_out_of_the_way(document: Json) -> None:
    removing = {
        **{
            key: value
            for key, value in document["definitions"]["UserValues"]["properties"].items()
            if value.get("x-nullable")
        },
        "value": document["definitions"]["AttributeRequest"]["properties"]["value"],
    }
    assert removing.keys() == {"mobile", "alternateMobile", "office", "email", "value"}
    for name, schema in removing.items():
        assert schema["x-ms-visibility"] == "advanced", name
        assert re.search("empty dynamic value", schema["description"]), name
