"""Situations that take several requests with changes of the tenant in between: secrets and tokens over time."""

from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.microsoft import entra
from tests.support import Webhook
from tests.unit.clock import Clock

MakeWebhook = Callable[..., Webhook]

BJORN = "bjorn.berg@contoso.com"
SVC, PASSWORD = "svc-mfa@contoso.com", "sandbox-password-not-real"
PASSWORD_SECRET, CLIENT_SECRET = "service-account-password", "graph-client-secret"


def sign_ins(box: SandboxTenant) -> list[int | None]:
    """The status of each request for a token."""
    return [record.status for record in box.tenant.calls("login", "POST", "/token")]


def test_a_wrong_password_is_sent_once_however_often_it_is_asked_for(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook(SECRET_TTL_SECONDS="0")
    for wrong in ("one-wrong-password", "another-wrong-password", "one-wrong-password"):
        box.tenant.set_secret(PASSWORD_SECRET, wrong)
        replies = [service.post_users(BJORN) for _ in range(4)]
        assert {(reply.status, reply.body["code"]) for reply in replies} == {(502, "graphSignInFailed")}
    assert box.tenant.user(SVC).failed_sign_ins == len(sign_ins(box)) == 2
    box.tenant.set_secret(PASSWORD_SECRET, PASSWORD)
    assert service.post_users(BJORN).codes == ["updated"]
    assert sign_ins(box) == [400, 400, 200]


def test_a_password_changed_in_both_places_works_in_the_same_request(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook()
    assert service.post_users(BJORN, query="dryRun=1").status == 200
    box.tenant.change_user(SVC, password="sandbox-new-password-not-real")
    box.tenant.set_secret(PASSWORD_SECRET, "sandbox-new-password-not-real")
    box.tenant.faults.append(Fault("status", host="graph", path=r"\$batch", status=401, times=1))
    assert service.post_users(BJORN).codes == ["updated"]
    assert sign_ins(box) == [200, 400, 200]


def test_a_wrong_client_secret_is_sent_once_and_read_again_once(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook(GRAPH_AUTH="client_secret")
    box.tenant.set_secret(CLIENT_SECRET, "not-the-client-secret")
    assert [service.post_users(BJORN).status for _ in range(4)] == [502] * 4
    assert sign_ins(box) == [401]
    reads = [record for record in box.tenant.calls("vault") if CLIENT_SECRET in record.path and record.status == 200]
    assert len(reads) == 2


def test_a_refusal_that_no_new_secret_can_heal_reads_no_secret_again(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook()
    box.tenant.change_user(SVC, signInError=53003)
    assert [service.post_users(BJORN).status for _ in range(4)] == [502] * 4
    assert sign_ins(box) == [400]
    reads = [record for record in box.tenant.calls("vault") if PASSWORD_SECRET in record.path and record.status == 200]
    assert len(reads) == 1


def test_an_entra_that_was_down_is_asked_again(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook()
    fault = Fault("close", host="login", path="/token")
    box.tenant.faults.append(fault)
    reply = service.post_users(BJORN)
    assert (reply.status, reply.body["code"]) == (503, "signInUnavailable")
    box.tenant.faults.remove(fault)
    assert service.post_users(BJORN).codes == ["updated"]


def test_a_token_is_kept_and_renewed_before_it_expires(
    box: SandboxTenant, webhook: MakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock().rule(monkeypatch, entra)
    service = webhook()
    assert service.post_users(BJORN).codes == ["updated"]
    clock.advance(3599 - entra.EARLY_S)
    assert [service.post_users(BJORN).codes for _ in range(3)] == [["unchanged"]] * 3
    assert sign_ins(box) == [200, 200]
    assert {record.status for record in box.tenant.calls()} == {200, 204}


def test_a_token_that_graph_refuses_is_renewed_once(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook()
    box.tenant.faults.append(Fault("status", host="graph", status=401))
    reply = service.post_users(BJORN)
    assert (reply.status, reply.body["code"]) == (502, "graphSignInFailed")
    assert sign_ins(box) == [200, 200]


def test_a_secret_that_is_taken_away_in_the_middle_is_told_to_the_log_only(
    box: SandboxTenant, webhook: MakeWebhook
) -> None:
    service = webhook()
    assert service.post_users(BJORN, query="dryRun=1").status == 200
    box.tenant.delete_secret(CLIENT_SECRET)
    box.tenant.set_secret(PASSWORD_SECRET, "not-the-password")
    box.tenant.change_user(SVC, password="sandbox-new-password-not-real")
    box.tenant.faults.append(Fault("status", host="graph", status=401))
    reply = service.post_users(BJORN)
    assert (reply.status, reply.body["code"]) == (500, "configuration")
    assert CLIENT_SECRET not in str(reply.body)
    assert box.tenant.writes() == []


def test_secrets_are_read_once_in_their_time(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook()
    for _ in range(3):
        assert service.post_users(BJORN).status == 200
    assert len([record for record in box.tenant.calls("vault") if record.status == 200]) == 4
    box.tenant.set_secret("webhook-handshake", "rotated-handshake")
    assert service.post_users(BJORN).status == 200


def test_the_protected_group_is_read_once_for_a_few_minutes(box: SandboxTenant, webhook: MakeWebhook) -> None:
    service = webhook(PROTECTED_GROUP_ID="9009a000-0000-4000-8000-00000000009a")
    for _ in range(3):
        assert service.post_users("breakglass1@contoso.com").codes == ["protectedUser"]
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 1
