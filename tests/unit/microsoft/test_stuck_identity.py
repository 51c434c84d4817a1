"""A managed identity whose platform keeps handing out a token that was revoked: one 502, and a job waits."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.tenant import SandboxTenant
from shared.core.models import Target
from shared.jobs.activities import apply_chunk, plan_chunk
from shared.jobs.chunks import pack
from shared.jobs.store import BlobJobStore
from shared.microsoft.entra import RECHECK_S
from shared.services import Job
from tests.support import Webhook
from tests.unit.clock import Clock
from tests.unit.jobs.worlds import JOB

BJORN, CARLA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com"


@pytest.fixture
def stuck(box: SandboxTenant, webhook: Callable[..., Webhook]) -> Webhook:
    """It holds a token, which is then revoked, and Azure has no other."""
    box.tenant.set_switches(identity_keeps_tokens=True)
    made = webhook(GRAPH_AUTH="managed_identity", PROTECTED_GROUP_ID="9009a000-0000-4000-8000-00000000009a")
    assert made.post_users(BJORN, query="dryRun=true").codes == ["planned"]
    box.tenant.revoke_tokens()
    box.tenant.clear_requests()
    return made


@pytest.mark.parametrize("query", ["", "dryRun=true"])
@pytest.mark.parametrize("names", [(BJORN,), (BJORN, CARLA)])
def test_a_request_is_one_502(box: SandboxTenant, stuck: Webhook, names: tuple[str, ...], query: str) -> None:
    for _ in range(3):
        reply = stuck.post_users(*names, query=query)
        assert (reply.status, reply.body["code"]) == (502, "graphSignInFailed")
        assert "GRAPH_AUTH=managed_identity" in reply.body["detail"]
    assert len(box.tenant.calls()) <= 3 * 3
    assert len(box.tenant.calls("identity")) == 1, "not asked again for some seconds"
    assert box.tenant.writes() == []


def test_with_a_new_token_all_is_well_at_once(box: SandboxTenant, stuck: Webhook) -> None:
    box.tenant.kept_tokens.clear()
    assert stuck.post_users(BJORN, CARLA).codes == ["updated", "added"]


def test_a_job_waits_for_it(box: SandboxTenant, stuck: Webhook, store: BlobJobStore, clock: Clock) -> None:
    services = replace(stuck.services, store=store)
    store.claim(Job(JOB, "f", "2026-11-28T00:00:00.000+00:00", 2, 1, False))
    store.put_list(JOB, pack([Target(BJORN), Target(CARLA)], {}))
    told = plan_chunk(services, {"jobId": JOB, "chunk": 0})
    assert (told["error"], told["unfinished"]) == (None, 2)
    assert told["pausedBy"]["code"] == "graphSignInFailed"
    box.tenant.kept_tokens.clear()
    clock.advance(RECHECK_S + 1)
    assert plan_chunk(services, {"jobId": JOB, "chunk": 0})["pausedBy"] is None
    assert apply_chunk(services, {"jobId": JOB, "chunk": 0})["counts"] == {"changed": 2}
