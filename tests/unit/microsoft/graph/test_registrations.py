"""graph/registrations.py: the registration report in pages, at its own pace."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Stop
from shared.core.survey.graph import RegistrationPage
from shared.core.survey.tenant import Note
from shared.deadline import Deadline
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.registrations import CALLS, MARGIN_S, WINDOW_S, RegistrationReport, Turns
from tests.unit.clock import Clock

ANNA = "anna.andersson@contoso.com"


def turns(clock: Clock) -> Turns:
    return Turns(clock.monotonic, clock.sleep)


@pytest.fixture
def report(client: GraphClient, clock: Clock) -> RegistrationReport:
    return RegistrationReport(client, turns(clock))


def test_five_calls_at_once_and_then_five_in_each_window(clock: Clock) -> None:
    waiting = turns(clock)
    assert all(waiting.wait(Deadline(600)) for _ in range(12))
    pauses = [round(slept, 1) for slept in clock.slept]
    assert pauses[:CALLS] == [0] * CALLS
    assert 2 * WINDOW_S < sum(pauses) <= 2 * (WINDOW_S + MARGIN_S)


def test_a_turn_that_comes_too_late_is_not_taken(clock: Clock) -> None:
    waiting = turns(clock)
    assert [waiting.wait(Deadline(5)) for _ in range(CALLS + 2)] == [True] * CALLS + [False] * 2
    assert waiting.wait(Deadline(600))


def test_pages_follow_their_links_to_the_end(box: SandboxTenant, report: RegistrationReport) -> None:
    box.tenant.report_throttle = None
    for n in range(2100):
        box.tenant.add_user(f"n{n}@contoso.com", phones={"mobile": "+46 701740605"})
    found, path, pages = dict[str, tuple[str, ...]](), None, 0
    while pages == 0 or path is not None:
        page = report.page(path, Deadline(60))
        assert isinstance(page, RegistrationPage)
        found |= {each.user_id: each.methods for each in page.registrations}
        path, pages = page.next_path, pages + 1
    assert pages == 3
    assert found[box.tenant.user("n2099@contoso.com").id] == ("mobilePhone",)
    assert box.tenant.user("carla.diaz@contoso.com").id not in found


def test_no_page_is_asked_for_before_its_turn(box: SandboxTenant, report: RegistrationReport, clock: Clock) -> None:
    box.tenant.report_throttle = None
    for _ in range(CALLS):
        assert isinstance(report.page(None, Deadline(60)), RegistrationPage)
    assert isinstance(report.page(None, Deadline(1)), Stop)
    assert isinstance(report.page(None, Deadline(60)), RegistrationPage)
    assert sum(clock.slept) > WINDOW_S / 2


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "noLicense"),
        (403, "Authorization_RequestDenied", "permissionMissing"),
        (400, "BadRequest", "graphError"),
    ],
)
def test_what_asking_again_would_not_change_is_a_note(
    box: SandboxTenant, report: RegistrationReport, status: int, code: str, said: str
) -> None:
    box.tenant.faults.append(Fault("status", path="/reports/", status=status, code=code))
    note = report.page(None, Deadline(20))
    assert isinstance(note, Note)
    assert (note.code, note.columns) == (said, ("methods", "phoneOnly", "phishingResistant"))


def test_what_may_pass_is_a_stop(box: SandboxTenant, report: RegistrationReport) -> None:
    box.tenant.faults.append(Fault("status", path="/reports/", status=503))
    stop = report.page(None, Deadline(60))
    assert isinstance(stop, Stop)
    assert stop.code is Code.GRAPH_UNAVAILABLE


def test_a_link_that_leads_elsewhere_is_no_page(box: SandboxTenant, report: RegistrationReport) -> None:
    box.tenant.faults.append(Fault("unreadable", path="/reports/"))
    assert isinstance(report.page(None, Deadline(60)), Stop)
