"""payload/lifecycle.py: the envelope of a custom task extension, and the one path that it may name."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.tenant.lifecycle import WaitingTask
from shared.api.payload.lifecycle import parse_task
from shared.errors import InvalidBody

USER = "0a000000-0000-4000-8000-00000000000a"
OTHER = "0b000000-0000-4000-8000-00000000000b"
TASK = WaitingTask(USER, frozenset())
Spoil = Callable[[dict[str, Any]], object]


def parsed(**data: Any) -> Any:
    envelope = TASK.envelope("anna@contoso.com")
    envelope["data"] |= data
    return parse_task(json.dumps(envelope).encode())


def faults(body: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as error:
        parse_task(json.dumps(body).encode())
    return [(fault.pointer, fault.detail) for fault in error.value.faults]


def test_the_user_the_run_and_the_way_back() -> None:
    found = parsed()
    assert (found.user_id, found.result_id, found.callback) == (USER, TASK.result_id, TASK.callback)


@pytest.mark.parametrize(("letter", "other"), [("k", "\u212a"), ("s", "\u017f")])
def test_no_sign_that_only_looks_like_a_letter_of_the_path(letter: str, other: str) -> None:
    envelope = TASK.envelope("anna@contoso.com")
    envelope["data"]["callbackUriPath"] = TASK.callback.replace(letter, other)
    assert [pointer for pointer, _ in faults(envelope)] == ["/data/callbackUriPath"]


def test_ids_and_the_path_in_any_case() -> None:
    found = parsed(callbackUriPath=TASK.callback.upper(), subject={"id": USER.upper()})
    assert (found.user_id, found.callback) == (USER, TASK.callback.upper())


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "resume", "/me", None, 7, ["x"]),
        *(f"https://evil.example{TASK.callback}", f"//evil.example{TASK.callback}", f"@evil.example{TASK.callback}"),
        *(f"{TASK.callback}/", f"{TASK.callback}?x=1", f"{TASK.callback}#", f"{TASK.callback}\n", f" {TASK.callback}"),
        *(f"/v1.0{TASK.callback}", f"/x/..{TASK.callback}", TASK.callback.replace("/tasks/", "/tasks/../tasks/")),
        *(TASK.callback.replace("resume", "delete"), TASK.callback.replace("/identity", "identity")),
        *(TASK.callback.replace("/", "%2F"), TASK.callback.replace(TASK.task_id, "x"), TASK.callback + "/../.."),
        *(TASK.callback.replace(TASK.task_id, "{}"), TASK.callback.replace("s/", "s//", 1)),
    ],
)
def test_any_other_path_is_refused_where_it_stands(path: object) -> None:
    with pytest.raises(InvalidBody) as error:
        parsed(callbackUriPath=path)
    assert [fault.pointer for fault in error.value.faults] == ["/data/callbackUriPath"]
    assert "example" not in str(error.value)


@pytest.mark.parametrize("name", ["workflow", "task", "taskProcessingResult"])
def test_each_id_in_the_path_is_the_one_beside_it(name: str) -> None:
    with pytest.raises(InvalidBody) as error:
        parsed(**{name: {"id": OTHER}})
    assert [fault.pointer for fault in error.value.faults] == ["/data/callbackUriPath"]


@pytest.mark.parametrize("name", ["subject", "workflow", "task", "taskProcessingResult"])
@pytest.mark.parametrize(
    "value", [None, {}, {"id": None}, {"id": "x"}, {"id": f"{USER}\n"}, USER, [USER], {"id": [USER]}]
)
def test_each_of_the_four_has_an_id(name: str, value: object) -> None:
    envelope = TASK.envelope()
    envelope["data"][name] = value
    ((pointer, _),) = faults(envelope)
    assert pointer.startswith(f"/data/{name}")


@pytest.mark.parametrize("body", [None, 7, "x", [], {}, {"data": None}, {"data": []}, {"data": {}}, {"value": []}])
def test_what_is_no_envelope(body: object) -> None:
    assert faults(body)


def test_every_fault_at_once() -> None:
    pointers = [pointer for pointer, _ in faults({"data": {"subject": {"id": "x"}}})]
    assert pointers == ["/data/subject/id", "/data", "/data", "/data", "/data"]


@pytest.mark.parametrize("word", ["dryRun", "whatIf", "DRY_RUN"])
def test_a_wish_to_change_nothing_is_refused_at_any_depth(word: str) -> None:
    envelope = TASK.envelope()
    envelope["data"]["subject"][word] = True
    ((pointer, _),) = faults(envelope)
    assert pointer == f"/data/subject/{word}"


def test_something_that_stands_twice_is_refused() -> None:
    text = json.dumps(TASK.envelope()).replace('"callbackUriPath"', '"callbackuripath": "/x", "callbackUriPath"')
    with pytest.raises(InvalidBody, match="2 times"):
        parse_task(text.encode())


@pytest.mark.parametrize("body", [{}, {"subject": {"id": USER}}, {"type": "x"}])
def test_what_to_send_where_nothing_of_the_envelope_is_there(body: object) -> None:
    detail = "data is missing. Send the body exactly as Lifecycle Workflows sends it."
    assert faults(body) == [("", detail)]
