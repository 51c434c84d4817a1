"""graph/delta.py: who has changed, from the sandbox's Graph and from prepared answers."""

import json
import re
from typing import Any

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.models import Stop, Target
from shared.core.sweep import Changed
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.delta import UserDelta
from shared.microsoft.graph.users import UserReader
from tests.unit.odd import graph_of
from tests.unit.people import MOBILE, OFFICE
from tests.unit.wire import Line

ANNA, BJORN, CARLA = "anna.andersson@contoso.com", "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
BASE = "https://graph.microsoft.com/v1.0"
LINK = "/users/delta?$deltatoken=a"
ID = "98331B77-46d5-51d1-a329-64fd5b919a62"


def make(client: GraphClient, *, disabled: bool = False, **attributes: str) -> UserDelta:
    chosen = {MOBILE: attributes.get("mobile", "extensionAttribute15")}
    chosen |= {OFFICE: attributes["office"]} if "office" in attributes else {}
    return UserDelta(client, UserReader(client, chosen), includes_disabled=disabled)


def read(delta: UserDelta, link: str) -> tuple[dict[str, Target], str, int]:
    """All changes behind a link, the link from there on, and how many pages that were."""
    users: dict[str, Target] = {}
    count = 0
    while True:
        page = delta.read(link, Deadline(20))
        assert isinstance(page, Changed), page
        users, link, count = users | dict(page.users), page.link, count + 1
        if page.is_last:
            return users, link, count


def latest(delta: UserDelta) -> str:
    found = delta.latest(Deadline(20))
    assert isinstance(found, str), found
    return found


def test_only_who_has_changed_since_in_what_is_selected(box: SandboxTenant, client: GraphClient) -> None:
    delta = make(client)
    link = latest(delta)
    box.tenant.change_user(ANNA, extensionAttribute15="+46 701740677")
    box.tenant.change_user(BJORN, phones={"mobile": "+46 701740606"})
    users, after, _ = read(delta, link)
    assert users == {box.tenant.user(ANNA).id: Target(ANNA)}
    assert read(delta, after)[0] == {}


def test_nobody_at_first_for_one_call(box: SandboxTenant, client: GraphClient) -> None:
    delta = make(client)
    link = latest(delta)
    assert read(delta, link)[0] == {}
    assert len(box.tenant.calls("graph")) == 2


def test_pages_are_followed_and_who_is_gone_is_left_out(box: SandboxTenant, client: GraphClient) -> None:
    delta = make(client)
    link = latest(delta)
    box.tenant.switches.page_size = 1
    box.tenant.change_user(ANNA, extensionAttribute15="+46 701740677")
    box.tenant.change_user(BJORN, extensionAttribute15="+46 701740606")
    box.tenant.delete_user(CARLA)
    users, _, pages = read(delta, link)
    assert (set(users.values()), pages) == ({Target(ANNA), Target(BJORN)}, 3)


@pytest.mark.parametrize("disabled", [False, True])
def test_accounts_that_are_switched_off_and_on(box: SandboxTenant, client: GraphClient, *, disabled: bool) -> None:
    delta = make(client, disabled=disabled)
    link = latest(delta)
    box.tenant.change_user(ANNA, accountEnabled=False)
    users, link, _ = read(delta, link)
    assert (Target(ANNA) in users.values()) is disabled
    box.tenant.change_user(ANNA, accountEnabled=True)
    assert Target(ANNA) in read(delta, link)[0].values()


def test_a_link_that_is_not_known_any_more(box: SandboxTenant, client: GraphClient) -> None:
    delta = make(client)
    assert delta.read("/users/delta?$deltatoken=forgotten", Deadline(20)) is None
    box.tenant.faults.append(Fault("status", host="graph", status=410, times=1))
    assert delta.read(LINK, Deadline(20)) is None


@pytest.mark.parametrize("status", [400, 404, 410])
@pytest.mark.parametrize("code", ["Directory_ExpiredPageToken", "SyncStateNotFound", "syncStateInvalid", "whatever"])
def test_a_link_that_graph_refuses_is_of_no_use(
    box: SandboxTenant, client: GraphClient, status: int, code: str
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=status, code=code))
    delta = make(client)
    assert delta.read(LINK, Deadline(20)) is None
    # Nobody has a link to lose yet.
    found = delta.latest(Deadline(20))
    assert isinstance(found, Stop)
    assert str(status) in found.message or status == 404


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_what_is_not_about_the_link_leaves_it_in_use(box: SandboxTenant, client: GraphClient, status: int) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=status, retry_after=0))
    assert isinstance(make(client).read(LINK, Deadline(2)), Stop)


def test_a_missing_permission_is_named(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=403))
    delta = make(client)
    for found in (delta.latest(Deadline(20)), delta.read(LINK, Deadline(20)), delta.count(Deadline(20))):
        assert isinstance(found, Stop)
        assert isinstance(found.cause, ConfigurationError)
        assert "User.Read.All" in found.cause.detail


def test_an_attribute_that_does_not_exist(client: GraphClient) -> None:
    delta = make(client, mobile="extensionAttribut15")
    path = f"/users/delta?{delta.tracked.partition(';')[0]}"
    for found in (delta.latest(Deadline(20)), delta.read(path, Deadline(20))):
        assert isinstance(found, Stop)
        assert isinstance(found.cause, ConfigurationError)


def test_all_users_are_counted(box: SandboxTenant, client: GraphClient) -> None:
    assert make(client).count(Deadline(20)) == len(list(box.tenant.users()))


def test_what_a_link_tracks_are_the_attributes_and_not_only_what_is_selected(client: GraphClient) -> None:
    links = [
        make(client).tracked,
        make(client, mobile="extensionAttribute14").tracked,
        make(client, office="businessPhones").tracked,
        make(client, mobile="extensionAttribute14", office="extensionAttribute15").tracked,
        make(client, mobile="extensionAttribute15", office="extensionAttribute14").tracked,
    ]
    assert len(set(links)) == len(links)
    assert make(client).tracked == make(client, disabled=True).tracked


def said(**body: Any) -> Changed | Stop | None:
    """What is read where Graph answers with this body; its links lead to whoever answers."""
    text = json.dumps({key.replace("odata_", "@odata."): value for key, value in body.items()})

    def script(line: Line) -> None:
        (host,) = re.findall(rb"(?i)\r\nhost: *(\S+)", line.request())
        line.answer(text.replace(BASE, f"http://{host.decode()}/v1.0").encode())

    with graph_of(script) as client:
        return make(client).read(LINK, Deadline(5))


def test_a_user_who_comes_twice_counts_once_and_one_without_a_name_by_id() -> None:
    entries = [{"id": ID, "userPrincipalName": "a@example.com"}, {"id": ID.lower()}]
    found = said(value=entries, odata_deltaLink=f"{BASE}{LINK}")
    assert found == Changed({ID.lower(): Target(id=ID.lower())}, LINK, is_last=True)


OFF = {"id": ID, "userPrincipalName": "a@example.com", "accountEnabled": False}
ON = {**OFF, "accountEnabled": True}
REMOVED = {"id": ID, "@removed": {"reason": "changed"}}


@pytest.mark.parametrize(
    ("entries", "users", "gone"),
    [
        ([ON, OFF], set(), {Target("a@example.com")}),
        ([OFF, ON], {Target("a@example.com")}, set()),
        ([ON, REMOVED], set(), {Target(id=ID.lower())}),
        ([REMOVED, ON], {Target("a@example.com")}, set()),
        ([ON, OFF, ON], {Target("a@example.com")}, set()),
    ],
)
def test_the_last_entry_of_a_user_holds(
    entries: list[dict[str, object]], users: set[Target], gone: set[Target]
) -> None:
    found = said(value=entries, odata_deltaLink=f"{BASE}{LINK}")
    assert isinstance(found, Changed)
    assert (set(found.users.values()), set(found.gone.values())) == (users, gone)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"value": []},
        {"value": "none", "odata_deltaLink": f"{BASE}{LINK}"},
        {"value": [1], "odata_deltaLink": f"{BASE}{LINK}"},
        {"value": [{"userPrincipalName": "a@example.com"}], "odata_deltaLink": f"{BASE}{LINK}"},
        {"value": [], "odata_deltaLink": "https://example.com/users/delta"},
        {"value": [], "odata_nextLink": "https://example.com/users/delta"},
    ],
)
def test_what_is_no_page_of_changes_moves_nothing_on(body: dict[str, Any]) -> None:
    assert isinstance(said(**body), Stop)
