"""The caller's side of a job: begin it, look at it, read what came of everybody."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.people import Person
from sandbox.host import HostProcess
from tests.support import HANDSHAKE
from tests.waiting import wait_for
from tests.whole.calls import Answer, call, runbook

FINISHED = ("succeeded", "partial", "failed", "cancelled")
LOOK_EVERY_S = 0.05

Result = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A job that was accepted. `on` another host it is the same job."""

    host: HostProcess
    id: str

    def on(self, host: HostProcess) -> "Job":
        return Job(host, self.id)

    def get(self, what: str = "", query: str = "", accept: str = "application/json") -> Answer:
        headers = [("Message", HANDSHAKE), ("Accept", accept)]
        return call(self.host, method="GET", path=f"/api/jobs/{self.id}{what}", query=query, headers=headers)

    def status(self) -> Result:
        answer = self.get()
        assert answer.status == 200, answer.text
        return answer.body

    def finished(self, seconds: float = 60) -> Result:
        """The status in the end."""
        return self.wait(self.status, lambda seen: seen["status"] in FINISHED, seconds)

    def results(self, status: str | None = None) -> list[Result]:
        """Of everybody, page by page."""
        found: list[Result] = []
        query = f"status={status}" if status else ""
        while True:
            answer = self.get("/result", query)
            assert answer.status == 200, answer.text
            found += answer.body["results"]
            link = answer.body["nextLink"]
            if link is None:
                return found
            assert link.startswith(f"{self.host.url}/api/jobs/{self.id}/result?"), link
            query = link.partition("?")[2]

    def cancel(self) -> Answer:
        return call(self.host, method="DELETE", path=f"/api/jobs/{self.id}")

    def wait(
        self,
        look: Callable[[], Any],
        enough: Callable[[Any], bool],
        seconds: float = 60,
        every_s: float = LOOK_EVERY_S,
    ) -> Any:
        return wait_for(look, enough, seconds, every_s, lambda: self.host.log()[-5000:])


def names(who: Sequence[Person]) -> bytes:
    return runbook(*(person.upn for person in who))


def begin(host: HostProcess, body: bytes, query: str = "", **headers: str) -> Job:
    """Raises AssertionError unless the list became a job."""
    sent = [("Message", HANDSHAKE), *((name.replace("_", "-"), value) for name, value in headers.items())]
    answer = call(host, body, query, sent)
    assert answer.status == 202, answer.text
    return Job(host, json.loads(answer.text)["jobId"])


def upns(results: Sequence[Result]) -> list[str]:
    return [result["userPrincipalName"] for result in results]
