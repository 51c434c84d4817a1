"""Requests of an .http file, one for each operation of the API's description (connector/apiDefinition.swagger.json).

Bodies are the examples of the description. What stands in a path is a variable of the file, named as the parameter.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

DEFINITION = Path(__file__).resolve().parents[1] / "connector" / "apiDefinition.swagger.json"
# Which variable stands for a parameter of the path; `id` says nothing in a file of many requests.
PATH_VARIABLES = {"user": "user", "type": "type", "id": "job"}
# Where an operation needs another user, job or caller than the others.
_OTHERS = {
    "ApplyJob": {"id": "planned"},
    "EnableSmsSignin": {"user": "smsUser"},
    "DisableSmsSignin": {"user": "smsUser"},
}
_OTHER_CALLERS = {"StartReport": "auditor"}
_CALLERS = {"#/parameters/Handshake": "handshake", "#/parameters/ExplicitHandshake": "explicit"}


def requests_of() -> str:
    document = json.loads(DEFINITION.read_text(encoding="utf-8"))
    return "\n".join(
        "\n".join(_request(document, path, verb, operation))
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    )


def _request(document: Json, path: str, verb: str, operation: Json) -> Iterator[str]:
    name = operation["operationId"]
    for parameter, variable in (PATH_VARIABLES | _OTHERS.get(name, {})).items():
        path = path.replace(f"{{{parameter}}}", f"{{{{{variable}}}}}")
    yield f"### {operation['summary']} ({name})"
    yield f"{verb.upper()} {{{{url}}}}{path.removeprefix('/api')}"
    if operation.get("security") != []:
        yield "x-functions-key: {{key}}"
    for parameter in operation["parameters"]:
        if parameter.get("$ref") in _CALLERS:
            yield f"Message: {{{{{_OTHER_CALLERS.get(name, _CALLERS[parameter['$ref']])}}}}}"
    for parameter in operation["parameters"]:
        if parameter.get("in") == "body":
            schema = document["definitions"][parameter["schema"]["$ref"].rpartition("/")[2]]
            yield from ("Content-Type: application/json", "", json.dumps(schema["example"]))
    yield ""
