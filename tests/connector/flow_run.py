"""Runs a flow template as Power Automate would, with the app as what the connector calls.

`DisableAsyncPattern` is what it must set: an action without it that gets a 202 is followed by the platform itself,
which sends neither key nor handshake to `Location`. Here that fails.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.host import HostProcess
from tests.connector.definition import Json, find
from tests.connector.flow_words import Functions, holds, resolve
from tests.support import HANDSHAKE
from tests.whole.calls import Answer, call


class Terminated(Exception):
    """The flow ended itself, with this code and this message."""


def actions_of(actions: Json) -> Iterator[tuple[str, Json]]:
    """All of them, those in loops and branches too."""
    for name, action in actions.items():
        yield name, action
        yield from actions_of(action.get("actions", {}))
        yield from actions_of(action.get("else", {}).get("actions", {}))


@dataclass
class FlowRun:
    document: Json
    host: HostProcess
    trigger: Json
    id: str
    handshake: str = HANDSHAKE
    variables: Json = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    answers: list[tuple[str, Answer]] = field(default_factory=list)

    def run(self, actions: Json) -> None:
        done: set[str] = set()
        while len(done) < len(actions):
            name = next(
                name for name, action in actions.items() if name not in done and action["runAfter"].keys() <= done
            )
            self._do(name, actions[name])
            done.add(name)

    @property
    def _functions(self) -> Functions:
        return {
            "body": lambda name: self.outputs[name]["body"],
            "outputs": self.outputs.__getitem__,
            "triggerBody": lambda: self.trigger,
            "variables": self.variables.__getitem__,
            "workflow": lambda: {"run": {"name": self.id}},
        }

    def _do(self, name: str, action: Json) -> None:
        inputs = action.get("inputs", {})
        match action["type"]:
            case "OpenApiConnection":
                self.outputs[name] = self._call(inputs["host"]["operationId"], inputs["parameters"], action)
            case "Compose":
                self.outputs[name] = resolve(inputs, self._functions)
            case "Select":
                items = resolve(inputs["from"], self._functions)
                made = [resolve(inputs["select"], {"item": lambda item=item: item}) for item in items]
                self.outputs[name] = {"body": made}
            case "InitializeVariable":
                (variable,) = inputs["variables"]
                self.variables[variable["name"]] = variable["value"]
            case "SetVariable":
                self.variables[inputs["name"]] = resolve(inputs["value"], self._functions)
            case "Wait":
                assert inputs["interval"]["unit"] == "Second"
                time.sleep(0.05)
            case "Until":
                self.run(action["actions"])
                while not resolve(action["expression"], self._functions):
                    self.run(action["actions"])
            case "If":
                self.run((action if holds(action["expression"], self._functions) else action["else"])["actions"])
            case "Terminate":
                error = resolve(inputs["runError"], self._functions)
                raise Terminated(error["code"], error["message"])
            case kind:
                raise AssertionError(kind)

    def _call(self, operation_id: str, given: Json, action: Json) -> Json:
        """As the connector does: what stands in the path is encoded twice, key and handshake are the connection's."""
        operation = find(self.document, operation_id)
        values = resolve(given, self._functions)
        body = {key.removeprefix("body/"): value for key, value in values.items() if key.startswith("body/")}
        by_place: dict[str, Json] = {"path": {}, "query": {}, "header": {}}
        for place, name in operation.parameters:
            if name in values:
                by_place[place][name] = (
                    json.dumps(values[name]) if isinstance(values[name], bool) else str(values[name])
                )
        answer = call(
            self.host,
            json.dumps(body).encode() if body else b"",
            urlencode(by_place["query"]),
            [("Message", self.handshake), *by_place["header"].items()],
            method=operation.method,
            path=operation.path.format(
                **{key: quote(quote(value, safe="")) for key, value in by_place["path"].items()}
            ),
        )
        self.answers.append((operation_id, answer))
        assert answer.status != 202 or action.get("operationOptions") == "DisableAsyncPattern", operation_id
        if answer.status >= 400:
            raise Terminated(answer.status, answer.text)
        return {"statusCode": answer.status, "headers": answer.headers, "body": answer.body}
