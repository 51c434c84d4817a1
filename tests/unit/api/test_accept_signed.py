"""api/accept.py: a signed call that becomes a job, and is repeated because it was answered 503."""

import json
from typing import Any

import pytest

from shared.api.lists import handle_reconcile
from shared.errors import JobsUnavailable
from shared.settings.callers import NamedCaller, Right
from tests.signing import SignedHeaders, Signer
from tests.unit.jobs.worlds import JobWorld
from tests.unit.world import body, refusal

HR, OTHER = Signer("hr", "hr-secret-not-real"), Signer("other", "other-secret-not-real")
LIST = json.dumps({"operation": "reconcile", "users": [f"user{number}@contoso.com" for number in range(3)]}).encode()


@pytest.fixture
def signing(world: JobWorld) -> JobWorld:
    for signer in (HR, OTHER):
        world.add_caller(NamedCaller(signer.name, frozenset({Right.RECONCILE})), signer.secret)
    return world


def send(world: JobWorld, headers: SignedHeaders, sent: bytes = LIST) -> Any:
    return world.ask(handle_reconcile, sent, dict(headers))


def lose_the_answer(world: JobWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine has started the job, and does not say so."""
    start = world.engine.start

    def starts(job_id: str, order: dict[str, Any]) -> None:
        start(job_id, order)
        world.engine.trouble = JobsUnavailable("the answer was lost")
        raise world.engine.trouble

    monkeypatch.setattr(world.engine, "start", starts)


def test_a_job_whose_start_was_not_confirmed_is_not_started_twice(
    signing: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = HR.headers(LIST, webhook_id="evt")
    with monkeypatch.context() as patch:
        lose_the_answer(signing, patch)
        assert refusal(send(signing, headers)) == (503, "jobsUnavailable")
    signing.engine.trouble = None
    again = send(signing, headers)
    assert again.status == 202
    assert [job for job, _ in signing.engine.started] == [body(again)["jobId"]]
    assert refusal(send(signing, headers)) == (401, "unauthorized")


def test_another_id_another_caller_or_a_key_is_another_job(signing: JobWorld) -> None:
    keyed = LIST.replace(b'"users"', b'"idempotencyKey": "evt", "users"')
    sent = [
        send(signing, HR.headers(LIST, webhook_id="evt")),
        send(signing, HR.headers(LIST, webhook_id="evt2")),
        send(signing, OTHER.headers(LIST, webhook_id="evt")),
        send(signing, HR.headers(keyed, webhook_id="evt3"), keyed),
    ]
    assert [answer.status for answer in sent] == [202] * 4
    assert len({body(answer)["jobId"] for answer in sent}) == 4


def test_a_key_is_the_same_job_whatever_the_id(signing: JobWorld) -> None:
    keyed = LIST.replace(b'"users"', b'"idempotencyKey": "k", "users"')
    sent = [send(signing, HR.headers(keyed, webhook_id=webhook_id), keyed) for webhook_id in ("a", "b")]
    assert body(sent[0])["jobId"] == body(sent[1])["jobId"]
    assert len(signing.engine.started) == 1
