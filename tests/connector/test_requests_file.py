"""requests.http has every operation of the description, and the sandbox answers each as described."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.connector.definition import Json, Operation, find, load, operations, strict_validator
from tests.sandbox_host.commands import requests_file, serve
from tests.sandbox_host.conftest import Reply
from tests.sandbox_host.http_file import HttpFile

ALL = [operation.id for operation in operations(load())]


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpFile]:
    folder = tmp_path_factory.mktemp("serve")
    with serve(folder):
        yield requests_file(folder)


@pytest.fixture
def file(requests: HttpFile) -> HttpFile:
    """The tenant as seeded, and one job of each kind that has ended."""
    requests.send(requests.find("Repair it: reset"))
    for title, variable in (("Start a job", "job"), ("Start a dry run as a job", "planned")):
        requests.variables[variable] = json.loads(requests.send(requests.find(title)).body)["jobId"]
        while _send(requests, "GetJobResult", job=requests.variables[variable]).status == 202:
            time.sleep(0.1)
    return requests


def _send(file: HttpFile, operation_id: str, **variables: str) -> Reply:
    [request] = [request for request in file.requests if request.title.endswith(f"({operation_id})")]
    kept = dict(file.variables)
    file.variables |= variables
    try:
        return file.send(request)
    finally:
        file.variables = kept


def test_each_operation_stands_there_once_under_its_summary(file: HttpFile, document: Json) -> None:
    titles = [request.title for request in file.requests]
    assert [title for title in titles if title.endswith(")")] == [
        f"{operation.body['summary']} ({operation.id})" for operation in operations(document)
    ]


@pytest.mark.parametrize("operation_id", ALL)
def test_the_answer_is_as_the_description_says(file: HttpFile, document: Json, operation_id: str) -> None:
    if operation_id in ("UpdatePhoneauthenticationmethod", "GetPhonemethod", "DeletePhoneauthenticationmethod"):
        assert _send(file, "CreatePhoneauthenticationmethod").status == 201
    reply = _send(file, operation_id)
    assert reply.status in good(find(document, operation_id)), reply.body
    schema = find(document, operation_id).responses[reply.status].get("schema")
    if schema is None:
        assert reply.body == b""
    else:
        assert list(strict_validator(document, schema).iter_errors(json.loads(reply.body))) == []


def good(operation: Operation) -> set[int]:
    return {status for status in operation.responses if status < 300}


def test_the_examples_of_the_description_are_as_it_says_itself(document: Json) -> None:
    for operation in operations(document):
        for (place, _), parameter in operation.parameters.items():
            if place == "body":
                schema = document["definitions"][parameter["schema"]["$ref"].rpartition("/")[2]]
                assert list(strict_validator(document, schema).iter_errors(schema["example"])) == [], operation.id
