"""The ceilings of a day: portions below the ceiling of a request do not add up to more."""

import json
from collections.abc import Callable

from sandbox.tenant import SandboxTenant
from shared.api.frame import WebRequest
from shared.api.users import handle_delete
from tests.scenarios.crowd import leavers, registered, writes
from tests.scenarios.ways import EACH_WAY, Ask
from tests.support import EXPLICIT_HANDSHAKE, Webhook

MakeWebhook = Callable[..., Webhook]


@EACH_WAY
def test_forty_users_in_lists_of_ten_are_not_all_removed(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    names = leavers(box, 40)
    service = stored_webhook(ON_EMPTY="remove", MAX_REMOVALS_PER_DAY="30")
    codes = [ask(service, names[begin : begin + 10]).code for begin in range(0, 40, 10)]
    assert codes == [None, None, None, "dailyLimit"]
    assert len(writes(box)) == 30


@EACH_WAY
def test_forty_users_in_lists_of_twenty_are_not_all_overwritten(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    names = registered(box, 40, shift=1)
    service = stored_webhook(MAX_OVERWRITES_PER_DAY="25")
    codes = [ask(service, names[begin : begin + 20]).code for begin in range(0, 40, 20)]
    assert codes == [None, "dailyLimit"]
    assert len(writes(box)) == 20


def test_forty_single_deletes_do_not_all_remove(box: SandboxTenant, stored_webhook: MakeWebhook) -> None:
    service = stored_webhook(ALLOW_EXPLICIT_VALUES="true", MAX_REMOVALS_PER_DAY="30")
    answers: list[tuple[int, str]] = []
    for name in leavers(box, 40):
        request = WebRequest(b"", {"message": EXPLICIT_HANDSHAKE}, "", {"user": name, "type": "mobile"})
        response = handle_delete(request, lambda: service.services)
        answers.append((response.status, json.loads(response.body)["code"] if response.body else ""))
    assert answers == [(204, "")] * 30 + [(422, "dailyLimit")] * 10
    assert len(writes(box)) == 30
