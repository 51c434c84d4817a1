"""A host whose callers may ask for a report, in front of the tenant of `tenant.py`."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.waiting import wait_for
from tests.whole.calls import Answer, call
from tests.whole.conftest import at_rest
from tests.whole.jobs.conftest import Jobs
from tests.whole.jobs.watching import FINISHED
from tests.whole.report.tenant import GROUPS, PEOPLE, POLICIES, upn

CALLERS = json.dumps([{"name": "auditor", "rights": ["operate"]}, {"name": "helpdesk", "rights": ["reconcile"]}])
SECRET = "sandbox-auditor-not-real"
Row = dict[str, Any]


class Reports:
    """The caller's side."""

    def __init__(self, host: HostProcess) -> None:
        self.host = host
        self._of_everybody = ""

    def of_everybody(self) -> str:
        """The id of a report about all of `tenant.py`, which tests share: Graph allows only so many of them."""
        self._of_everybody = self._of_everybody or self.made(*(upn(name) for name, _, _ in PEOPLE))
        return self._of_everybody

    def send(self, body: object, query: str = "", *, name: str = "auditor", secret: str = SECRET) -> Answer:
        content, headers = json.dumps(body).encode(), [("Message", f"{name}.{secret}")]
        return call(self.host, content, query, headers, path="/api/report")

    def get(self, job_id: str, what: str = "", query: str = "", accept: str = "application/json") -> Answer:
        headers = [("Message", f"auditor.{SECRET}"), ("Accept", accept)]
        return call(self.host, method="GET", path=f"/api/jobs/{job_id}{what}", query=query, headers=headers)

    def made(self, *upns: str) -> str:
        return self.ended({"users": list(upns)})

    def ended(self, body: object) -> str:
        """The id of a report that has ended."""
        answer = self.send(body)
        assert answer.status == 202, answer.text
        job_id = str(answer.body["jobId"])
        ended = wait_for(lambda: self.get(job_id).body, lambda seen: seen["status"] in FINISHED, 60, 0.1, self.host.log)
        assert ended["status"] in ("succeeded", "partial"), (ended, self.host.log()[-3000:])
        return job_id

    def result(self, *upns: str) -> Row:
        return self.get(self.made(*upns), "/result").body


@pytest.fixture(scope="session")
def _report_jobs(_sandbox: SandboxTenant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Jobs, Reports]]:
    with ExitStack() as stack:
        jobs = Jobs(tmp_path_factory.mktemp("reports"), stack, _sandbox)
        yield jobs, Reports(jobs.host(CALLERS=CALLERS, GRAPH_AUTH="managed_identity"))


@pytest.fixture
def reports(box: SandboxTenant, _report_jobs: tuple[Jobs, Reports]) -> Iterator[Reports]:
    for name, secret in (("auditor", SECRET), ("helpdesk", "sandbox-helpdesk-too-not-real")):
        box.tenant.set_secret(f"webhook-caller-{name}", secret)
    for name, words, _ in PEOPLE:
        box.tenant.add_user(upn(name), **words)
    for group in GROUPS:
        box.tenant.set_group(**{**group, "members": [_member(member) for member in group["members"]]})
    box.tenant.policies = json.loads(json.dumps(POLICIES))
    with at_rest(_report_jobs[1].host):
        yield _report_jobs[1]


@pytest.fixture
def kept(_report_jobs: tuple[Jobs, Reports]) -> Jobs:
    """What that host stores."""
    return _report_jobs[0]


def _member(name: str) -> str:
    """A group is named by its id here: the seed does not know it."""
    return next((str(group["id"]) for group in GROUPS if group["displayName"] == name), name)
