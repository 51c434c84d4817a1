"""The flow templates name what the definition has, and do what they say against the running app."""

import copy
import re
import uuid

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.connector.definition import FOLDER, Json, Operation, find, follow, load
from tests.connector.flow_run import FlowRun, Terminated, actions_of
from tests.whole.calls import call

FLOWS = {path.stem: load(path) for path in sorted(FOLDER.glob("flow-*.json"))}
EACH = pytest.mark.parametrize("flow", FLOWS.values(), ids=list(FLOWS))
BJORN, NOBODY = "bjorn.berg@contoso.com", "nobody@contoso.com"


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


def hire(document: Json, host: HostProcess, upn: str, handshake: str | None = None) -> FlowRun:
    flow = FlowRun(document, host, {"userPrincipalName": upn, "ticket": "HR 4711"}, uuid.uuid4().hex)
    flow.handshake = handshake or flow.handshake
    flow.run(actions(FLOWS["flow-hr-onboarding"]))
    return flow


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


def at_night(document: Json, host: HostProcess, users: list[str]) -> FlowRun:
    flow = copy.deepcopy(actions(FLOWS["flow-nightly-list"]))
    flow["Names"]["inputs"] = users
    run = FlowRun(document, host, {}, uuid.uuid4().hex)
    try:
        run.run(flow)
    except Terminated as end:
        run.outputs["end"] = end.args
    return run


def test_a_list_at_night_that_succeeds(document: Json, host: HostProcess, box: SandboxTenant) -> None:
    run = at_night(document, host, [BJORN])
    assert "end" not in run.outputs
    assert run.variables == {"skip": 0, "failed": []}
    assert len(box.tenant.writes()) == 1


def test_a_list_at_night_reads_all_pages_of_those_that_failed(document: Json, host: HostProcess) -> None:
    unknown = [f"nobody-{number}@contoso.com" for number in range(1100)]
    # The one between them is not on the pages, and moves the position of those after it.
    run = at_night(document, host, [*unknown[:600], BJORN, *unknown[600:]])
    assert [result["userPrincipalName"] for result in run.variables["failed"]] == unknown
    pages = [answer for name, answer in run.answers if name == "GetJobResult" and answer.status == 200][1:]
    assert [len(answer.body["results"]) for answer in pages] == [500, 500, 100]
    code, message = run.outputs["end"]
    assert (code, message.rpartition(": ")[2]) == ("partial", "1100 users failed.")


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
