"""REQUIRE: the least proof. Both handshakes are switched off, and so is what can be wrong with them."""

import json
from collections.abc import Iterator

import pytest

from sandbox.caller import storage_settings
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.entra import access_token, authentication, object_id
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE
from tests.whole.access.people import HR, LISTS, callers, named, post, put_secrets, reconcile, refusal, users
from tests.whole.calls import handshake
from tests.whole.conftest import CHECKOUT, environment

NOBODY = (401, "unauthorized")
HANDSHAKES = ("webhook-handshake", "webhook-handshake-explicit")


def settings_of(box: SandboxTenant, storage: SandboxStorage, require: str) -> dict[str, str]:
    settings = {"CALLERS": callers(object_id(box)), "REQUIRE": require, "ALLOW_EXPLICIT_VALUES": "true"}
    return {**storage_settings(storage), **environment(box, settings)}


def with_handshakes(box: SandboxTenant) -> Iterator[str]:
    """Again and again, as they are in the vault."""
    yield "as seeded"
    for name in HANDSHAKES:
        box.tenant.set_secret(name, "the-same")
    yield "that cannot serve"
    for name in HANDSHAKES:
        box.tenant.delete_secret(name)
    yield "missing"


@pytest.mark.parametrize(("require", "may_sign"), [("signature", True), ("entra", False)])
def test_handshakes_are_switched_off_and_nobody_has_to_keep_one(
    box: SandboxTenant, storage: SandboxStorage, require: str, may_sign: bool
) -> None:
    put_secrets(box)
    bearer = [("Authorization", f"Bearer {access_token(box)}")]
    settings = {**settings_of(box, storage, require), "SECRET_TTL_SECONDS": "0"}
    with HostProcess(CHECKOUT, settings, app_service=authentication(box)) as host:
        for state in with_handshakes(box):
            for headers in (handshake(HANDSHAKE), handshake(EXPLICIT_HANDSHAKE), named("lists"), handshake(""), []):
                assert refusal(reconcile(host, headers)) == NOBODY, state
            for signer in (HR, LISTS):
                answer = post(host, signer, users(dryRun=True))
                assert answer.status == 200 if may_sign else refusal(answer) == NOBODY, state
            assert reconcile(host, bearer).status == 200, state
            assert refusal(reconcile(host, [*bearer, *HR.headers(users())])) == NOBODY, state


def test_a_setting_that_cannot_be_read_opens_no_door(box: SandboxTenant, storage: SandboxStorage) -> None:
    put_secrets(box)
    with HostProcess(CHECKOUT, settings_of(box, storage, "Signature")) as host:
        for headers in ([], handshake(), named("lists")):
            assert refusal(reconcile(host, headers)) == (500, "configuration")
        assert "REQUIRE" in host.log()
        assert "REQUIRE" not in reconcile(host, []).text


def test_faulty_callers_open_no_door_and_are_all_named_in_the_log(box: SandboxTenant) -> None:
    secret = "a-misplaced-secret-not-real"
    entries = [{"name": "Helpdesk", "rights": ["reconcile"]}, {"name": "hr", "rights": [secret]}, {"secret": secret}]
    with HostProcess(CHECKOUT, environment(box, {"CALLERS": json.dumps(entries)})) as host:
        answer = reconcile(host, handshake())
        assert refusal(answer) == (500, "configuration")
        assert all(place in host.log() for place in ("CALLERS[0].name", "CALLERS[1].rights[0]", "CALLERS[2] lacks"))
        assert secret not in host.log() + answer.text
