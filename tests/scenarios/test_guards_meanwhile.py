"""What is sent weighs no more than what was judged: users who register a number of their own behind the guards."""

from collections.abc import Callable

from sandbox.tenant import SandboxTenant
from tests.scenarios.crowd import add, number, writes
from tests.scenarios.ways import EACH_WAY, Ask, as_job
from tests.support import Webhook

MakeWebhook = Callable[..., Webhook]
NONE = {"MAX_OVERWRITES": "0", "MAX_OVERWRITES_PERCENT": "0", "MAX_OVERWRITES_PER_DAY": "0"}


def hires(box: SandboxTenant, *, behind: int) -> list[str]:
    """New users without a method, as so many reads show them; by then they have registered a phone of their own."""
    names = add(box, 5)
    for index, name in enumerate(names):
        box.tenant.change_user(name, phones={"mobile": number(500 + index)})
        box.tenant.user(name).earlier_reads = behind
    return names


@EACH_WAY
def test_an_add_does_not_become_an_overwrite(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    service = stored_webhook(**NONE)
    # A job reads its users once for the plan, and once more before it writes.
    names, before = hires(box, behind=2 if ask is as_job else 1), box.tenant.snapshot()
    told = ask(service, names)
    assert (told.code, set(told.codes)) == (None, {"planChanged"})
    assert sorted(writes(box)) == sorted(("POST", name) for name in names)
    assert box.tenant.snapshot() == before
    # The next one plans anew, so that all guards see it.
    box.tenant.clear_requests()
    told = ask(service, names)
    assert (told.code, set(told.codes)) == ("tooManyOverwrites", {"planned"})
    assert (writes(box), box.tenant.snapshot()) == ([], before)
