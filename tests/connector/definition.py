"""The API's description as data: its operations, its references followed, its schemas as JSON Schema."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

FOLDER = Path(__file__).resolve().parents[2] / "connector"
DEFINITION = FOLDER / "apiDefinition.swagger.json"
PROPERTIES = FOLDER / "apiProperties.json"

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation, with the references to parameters and responses followed."""

    method: str
    path: str
    body: Json
    parameters: dict[tuple[str, str], Json]
    responses: dict[int, Json]

    @property
    def id(self) -> str:
        return str(self.body["operationId"])

    @property
    def is_list(self) -> bool:
        return self.path in ("/api/reconcile", "/api/set", "/api/provision")

    @property
    def is_job(self) -> bool:
        return self.path.startswith("/api/jobs")

    @property
    def is_write(self) -> bool:
        return "{user}" in self.path and self.method != "GET"


def load(path: Path = DEFINITION) -> Json:
    found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def follow(document: Json, item: Json) -> Json:
    while "$ref" in item:
        _, group, name = item["$ref"].split("/")
        item = document[group][name]
    return item


def operations(document: Json) -> Iterator[Operation]:
    for path, verbs in document["paths"].items():
        for verb, body in verbs.items():
            parameters = [follow(document, parameter) for parameter in body["parameters"]]
            yield Operation(
                verb.upper(),
                path,
                body,
                {(parameter["in"], parameter["name"]): parameter for parameter in parameters},
                {int(status): follow(document, response) for status, response in body["responses"].items()},
            )


def find(document: Json, operation_id: str) -> Operation:
    return next(operation for operation in operations(document) if operation.id == operation_id)


def schemas(document: Json) -> Iterator[tuple[str, Json]]:
    """Every definition and every property in it, with a name for messages."""
    for name, schema in document["definitions"].items():
        yield name, schema
        for key, value in schema.get("properties", {}).items():
            yield f"{name}.{key}", value


def enum(document: Json, definition: str, key: str) -> set[str]:
    return set(document["definitions"][definition]["properties"][key]["enum"])


def strict_validator(document: Json, schema: Json) -> Draft4Validator:
    """Swagger 2.0 as JSON Schema, and closed: what the description does not name is a fault as well.

    The description itself leaves objects open, so that a property more breaks nobody's generated client.
    """
    return Draft4Validator({**_strict(schema), "definitions": _strict(document["definitions"])})


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return copy.copy(node)
    strict = {key: _strict(value) for key, value in node.items()}
    if strict.get("type") == "object" and isinstance(strict.get("properties"), dict):
        strict["additionalProperties"] = False
    return {"anyOf": [strict, {"type": "null"}]} if strict.get("x-nullable") is True else strict
