"""One list, asked for at once or as a job: the same has to come of it. A job is run here without a host, by the
orchestrators and activities that the host would call."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from shared.api.frame import WebRequest
from shared.api.jobs import handle_result
from shared.api.lists import handle_reconcile
from shared.jobs import activities, whole
from shared.jobs.engine import EngineState, Run
from shared.jobs.life import IDS
from shared.jobs.orchestrate import Data, run_job
from tests.support import HANDSHAKE, Webhook
from tests.unit.jobs.driver import Engine as Driver
from tests.unit.jobs.driver import Step

_ACTIVITIES = {
    "plan_chunk": activities.plan_chunk,
    "apply_chunk": activities.apply_chunk,
    "mark_duplicates": whole.mark_duplicates,
    "judge_plan": whole.judge_plan,
    "settle_job": whole.settle_job,
}
_HEADERS = {"message": HANDSHAKE}


@dataclass(frozen=True)
class Told:
    """What the caller learns: the code with which the request as a whole ended, if it did, and those of all users."""

    code: str | None
    codes: Sequence[str]


Ask = Callable[..., Told]


class Runs:
    """The Engine protocol: runs a job at once, to its end. `between`: called before each activity, with its name."""

    def __init__(self, service: Webhook, between: Callable[[str], object] = lambda _: None) -> None:
        self._service, self._between = service, between
        self.outputs: dict[str, Data] = {}
        # What the engine would keep: what was given to each orchestration, and its steps.
        self.histories: list[tuple[Data, list[Step]]] = []

    def start(self, job_id: str, job: dict[str, Any]) -> None:
        ids = {name: job[name] for name in IDS if name in job}

        def activity(name: str, chunk: int) -> Data:
            self._between(name)
            return _ACTIVITIES[name](self._service.services, {**ids, "chunk": chunk})

        driver = Driver(activity)
        self.outputs[job_id] = driver.run(run_job, json.loads(json.dumps(job)))
        self.histories += [(given, steps) for _, given, steps in driver.histories]

    def state(self, job_id: str) -> EngineState | None:
        output = self.outputs.get(job_id)
        return EngineState(Run.COMPLETED, None, None, output) if output is not None else None


def inline(service: Webhook, upns: Sequence[str], query: str = "") -> Told:
    reply = service.post_users(*upns, query=query)
    return Told(reply.body.get("code"), [result["code"] for result in reply.body.get("results", [])])


def as_job(service: Webhook, upns: Sequence[str], query: str = "", runs: Runs | None = None) -> Told:
    engine = runs or Runs(service)
    body = json.dumps([{"userPrincipalName": upn} for upn in upns]).encode()
    asked = "&".join(filter(None, (query, "async=true")))
    accepted = _answered(handle_reconcile(WebRequest(body, _HEADERS, asked), lambda: service.services, engine).body)
    job_id = accepted["jobId"]
    codes: list[str] = []
    skip = ""
    while True:
        request = WebRequest(b"", _HEADERS, skip, {"id": job_id}, "https://app.example.com")
        page = _answered(handle_result(request, lambda: service.services, engine).body)
        codes += [result["code"] for result in page["results"]]
        if page["nextLink"] is None:
            break
        skip = page["nextLink"].partition("?")[2]
    error: Mapping[str, str] = engine.outputs[job_id]["error"] or {}
    return Told(error.get("code"), codes)


def _answered(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found


EACH_WAY = pytest.mark.parametrize("ask", [inline, as_job], ids=["inline", "job"])
