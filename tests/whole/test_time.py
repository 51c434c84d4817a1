"""Servers that hang or drip: the answer arrives in time and says who was not reached."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.whole.calls import Answer, call, runbook
from tests.whole.conftest import HostMaker

pytestmark = pytest.mark.waits

DEADLINE_S = 5
# What "must show" allows; the answers here come about two seconds after the deadline at the latest.
LATEST_S = DEADLINE_S + 10
BJORN, CARLA, DAVID = "bjorn.berg@contoso.com", "carla.diaz@contoso.com", "david.empty@contoso.com"


@contextmanager
def health_is_checked(host: HostProcess) -> Iterator[list[Answer]]:
    """Asks for the host's health all the time meanwhile."""
    answers: list[Answer] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.3):
            answers.append(call(host, method="GET", path="/api/health", headers=[]))

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield answers
    finally:
        over.set()
        asker.join()


@pytest.mark.parametrize(
    "trouble", [{"what": "hang", "seconds": 60}, {"what": "drip", "seconds": 1}], ids=lambda trouble: trouble["what"]
)
def test_nobody_answers_in_time(box: SandboxTenant, new_host: HostMaker, trouble: dict[str, Any]) -> None:
    """Three hosts at once: one waits for Graph, one for Entra, and a cold one for Key Vault."""
    settings = {"INLINE_DEADLINE_SECONDS": str(DEADLINE_S), "MAX_BODY_BYTES": "1024"}
    waits_for_graph, waits_for_entra, cold = (new_host(**settings) for _ in range(3))
    # What is measured later is no host that still imports: each has answered, as far as it can without the others.
    assert call(waits_for_graph, runbook(BJORN), "dryRun=true").status == 200
    assert call(waits_for_entra, b"faulty").status == 400
    assert call(cold, b" " * 1025).status == 413
    for kind, path in (("graph", None), ("login", None), ("vault", "webhook-handshake")):
        box.tenant.faults.append(Fault(host=kind, path=path, **trouble))
    with health_is_checked(waits_for_graph) as healths, ThreadPoolExecutor(3) as pool:
        hosts = (waits_for_graph, waits_for_entra, cold)
        answers = list(pool.map(lambda host: call(host, runbook(BJORN, CARLA)), hosts))

    of_graph, of_entra, of_vault = answers
    assert max(answer.seconds for answer in answers) < LATEST_S
    assert (of_graph.status, of_graph.body["status"]) == (200, "failed")
    assert [result["userPrincipalName"] for result in of_graph.body["results"]] == [BJORN, CARLA]
    assert set(of_graph.codes) <= {"deadline", "graphUnavailable"}
    assert (of_entra.status, of_entra.body["code"]) == (503, "signInUnavailable")
    assert (of_vault.status, of_vault.body["code"]) == (503, "vaultUnavailable")
    assert "retry-after" in of_entra.headers
    assert "retry-after" in of_vault.headers
    assert box.tenant.writes() == []
    assert len(healths) > 5
    assert {(health.status, health.seconds < DEADLINE_S) for health in healths} == {(200, True)}

    box.tenant.faults.clear()
    assert call(waits_for_graph, runbook(BJORN, CARLA)).codes == ["updated", "added"]


def test_a_write_without_an_answer_is_unknown_and_the_others_are_reported(
    box: SandboxTenant, new_host: HostMaker
) -> None:
    host = new_host(INLINE_DEADLINE_SECONDS=str(DEADLINE_S))
    assert call(host, runbook(DAVID), "dryRun=true").status == 200
    box.tenant.faults.append(Fault("drip", host="graph", method="PATCH", user=BJORN, seconds=1))
    answer = call(host, runbook(BJORN, CARLA, DAVID))
    assert answer.seconds < LATEST_S
    bjorn, carla, david = answer.body["results"]
    # Both writes travelled in one batch.
    for result in (bjorn, carla):
        assert (result["status"], result["changes"][0]["status"]) == ("failed", "unknown")
    assert david["code"] == "sourceEmpty"
    # The work was done, only its answer did not arrive: one write, never repeated.
    assert [write.user for write in box.tenant.writes() if write.method == "PATCH"] == [BJORN]


def test_a_slow_graph_is_waited_for(box: SandboxTenant, host: HostProcess) -> None:
    assert call(host, runbook(BJORN), "dryRun=true").status == 200
    box.tenant.latency_ms = 300
    answer = call(host, runbook(BJORN, CARLA))
    assert (answer.codes, answer.seconds > 0.9) == (["updated", "added"], True)
