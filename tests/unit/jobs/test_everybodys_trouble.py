"""What is wrong for everybody ends a job with one error and calls nobody failed: settings, password and token."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.models import Target
from shared.jobs.activities import plan_chunk
from shared.jobs.chunks import pack
from shared.jobs.store import BlobJobStore
from shared.services import Job, Phase, Services
from tests.support import Webhook
from tests.unit.jobs.worlds import JOB

USERS = [Target("anna.andersson@contoso.com"), Target("bjorn.berg@contoso.com")]
SVC, PASSWORD = "svc-mfa@contoso.com", "service-account-password"


def planned(services: Services, store: BlobJobStore) -> dict[str, Any]:
    created = datetime.now(UTC).isoformat(timespec="milliseconds")
    store.claim(Job(JOB, "f", created, len(USERS), 1, False))
    store.put_list(JOB, pack(USERS, {}))
    return plan_chunk(replace(services, store=store), {"jobId": JOB, "chunk": 0})


@pytest.mark.usefixtures("box")
def test_an_attribute_that_does_not_exist(
    webhook: Callable[..., Webhook], store: BlobJobStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = planned(webhook(SOURCE_ATTRIBUTE="verifiedMobile").services, store)
    assert (answer["error"]["code"], answer["counts"]) == ("configuration", {})
    assert "verifiedMobile" not in answer["error"]["detail"]
    assert "SOURCE_ATTRIBUTE names no attribute of a user" in caplog.text
    assert "Could not find a property named 'verifiedMobile'" in caplog.text
    assert store.results(JOB, Phase.PLAN, 0).bodies is None


def test_a_password_and_a_token_that_are_refused(
    webhook: Callable[..., Webhook], store: BlobJobStore, box: SandboxTenant
) -> None:
    service = webhook(SECRET_TTL_SECONDS="0")
    assert service.post_users("anna.andersson@contoso.com").status == 200
    box.tenant.set_secret(PASSWORD, "a-wrong-password")
    box.tenant.faults.append(Fault("status", host="graph", status=401))
    answer = planned(service.services, store)
    assert (answer["error"]["code"], answer["counts"]) == ("graphSignInFailed", {})
    assert "AADSTS50126" in answer["error"]["detail"]
    reply = service.post_users("anna.andersson@contoso.com", "bjorn.berg@contoso.com")
    assert (reply.status, reply.body["code"]) == (502, "graphSignInFailed")
    assert box.tenant.user(SVC).failed_sign_ins == 1
