"""graph/holders.py: an attribute that an answer does not hold counts as empty only if somebody has a value there."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Method, ReadScope, Snapshot, Stop, Target, User
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.holders import Holders, read_holders
from shared.microsoft.graph.users import UserReader
from tests.unit.microsoft.graph.finding import ANNA, BJORN, NOBODY, find, source
from tests.unit.microsoft.graph.people import directory_of

EXTENSION = "extension_0123456789abcdef0123456789abcdef_mfaPhone"
CARLA = Target(upn="carla.diaz@contoso.com")
ASKED = " ne null"


def removing(client: GraphClient, name: str = EXTENSION, **others: str) -> UserReader:
    """A reader for whom an empty attribute removes."""
    attributes = {Method.MOBILE: name} | {Method(kind): other for kind, other in others.items()}
    return UserReader(client, attributes, removes_empty=True)


def read(client: GraphClient, users: UserReader, *targets: Target) -> tuple[list[Snapshot], list[User]]:
    """What becomes of them, and as what the source is shown them."""
    shown: list[User] = []

    def scope_of(_target: Target, user: User) -> ReadScope:
        shown.append(user)
        return ReadScope.PHONES

    directory = directory_of(client, users)
    return directory.read(list(targets), scope_of, Deadline(20)), shown


def asked(box: SandboxTenant) -> int:
    return len(box.tenant.calls(path_contains="%20ne%20null"))


@pytest.fixture
def held(box: SandboxTenant) -> SandboxTenant:
    """Carla has a value."""
    box.tenant.change_user(CARLA.upn or "", **{EXTENSION: "+46 701740606"})
    return box


def test_where_empty_keeps_nobody_is_asked_for(box: SandboxTenant, client: GraphClient) -> None:
    (anna,) = find(UserReader(client, {Method.MOBILE: EXTENSION}), ANNA)
    assert (source(anna), asked(box)) == (None, 0)


@pytest.mark.parametrize("targets", [[ANNA], [ANNA, BJORN]])
def test_where_somebody_has_a_value_it_is_empty_and_asked_once(
    held: SandboxTenant, client: GraphClient, targets: list[Target]
) -> None:
    users = removing(client)
    for _ in range(2):
        found, shown = read(client, users, *targets)
        assert [source(snapshot.user) for snapshot in found if snapshot.user] == [None] * len(targets)
        assert [user.attributes for user in shown] == [{Method.MOBILE: None}] * len(targets)
    assert asked(held) == 1


def test_a_value_that_was_seen_suffices(held: SandboxTenant, client: GraphClient) -> None:
    users = removing(client)
    assert [source(user) for user in find(users, ANNA, CARLA)] == [None, "+46 701740606"]
    assert source(find(users, BJORN)[0]) is None
    assert asked(held) == 0


@pytest.mark.parametrize(
    "targets", [[ANNA], [ANNA, BJORN], [ANNA, NOBODY], [Target(id="fd7a4857-243b-52cd-aa04-f26e08b4f9f4")]]
)
@pytest.mark.parametrize("name", [EXTENSION.replace("Phone", "Fone"), EXTENSION.lower(), "extension_mfaPhone"])
@pytest.mark.usefixtures("held")
def test_a_name_in_which_nobody_has_a_value_ends_the_request(
    client: GraphClient, targets: list[Target], name: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"^SOURCE_ATTRIBUTE names an attribute in which nobody .*{name}"):
        read(client, removing(client, name), *targets)


def test_an_extension_that_exists_and_that_nobody_has_is_none(box: SandboxTenant, client: GraphClient) -> None:
    box.tenant.change_user(CARLA.upn or "", **{EXTENSION: None})
    with pytest.raises(ConfigurationError, match="nobody has a value") as ended:
        find(removing(client), ANNA)
    assert "Microsoft Graph" not in ended.value.detail


def test_every_setting_with_the_name_is_told(client: GraphClient) -> None:
    with pytest.raises(ConfigurationError, match=r"^ALTERNATE_MOBILE_ATTRIBUTE, OFFICE_ATTRIBUTE names"):
        find(removing(client, "extensionAttribute15", alternateMobile=EXTENSION, office=EXTENSION), ANNA)


def test_an_extension_attribute_that_is_null_is_empty_without_asking(box: SandboxTenant, client: GraphClient) -> None:
    (anna,) = find(removing(client, "extensionAttribute9"), ANNA)
    assert (source(anna), asked(box)) == (None, 0)


@pytest.mark.parametrize("status", [400, 501])
def test_where_graph_does_not_filter_only_that_attribute_stops(
    held: SandboxTenant, client: GraphClient, status: int
) -> None:
    held.tenant.faults.append(Fault("status", path=ASKED, status=status, code="Request_UnsupportedQuery", times=1))
    users = removing(client, "extensionAttribute15", office=EXTENSION)
    (anna,) = find(users, ANNA)
    assert source(anna) == "+46 701740605"
    stop = source(anna, Method.OFFICE)
    assert isinstance(stop, Stop)
    assert (stop.code, stop.cause) == (Code.GRAPH_ERROR, None)
    assert stop.message.startswith(f"Not removed: Microsoft Graph shows no {EXTENSION} for this user")
    # It is asked again, and then told.
    assert source(find(users, ANNA)[0], Method.OFFICE) is None


def test_a_graph_that_is_away_is_no_answer(held: SandboxTenant, client: GraphClient) -> None:
    held.tenant.faults.append(Fault("status", path=ASKED, status=503))
    found = removing(client).find([ANNA], Deadline(10))
    stop = source(found[ANNA])
    assert isinstance(stop, Stop)
    assert stop.code is Code.GRAPH_UNAVAILABLE


def test_asking_takes_a_part_of_the_time_and_costs_no_other_attribute(held: SandboxTenant, client: GraphClient) -> None:
    held.tenant.faults.append(Fault("status", path=ASKED, status=429, times=1000))
    users, deadline = removing(client, "extensionAttribute15", office=EXTENSION), Deadline(8)
    anna = users.find([ANNA], deadline)[ANNA]
    assert deadline.remaining() > 4
    assert source(anna) == "+46 701740605"
    stop = source(anna, Method.OFFICE)
    assert isinstance(stop, Stop)
    assert (stop.code, stop.cause) == (Code.THROTTLED, None)


def answer(status: int, body: dict[str, object]) -> Answer:
    return Answer(Fate.ANSWERED, status, body)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (answer(200, {"value": [{"id": "1", EXTENSION: "+46 701740605"}]}), Holders.SOMEBODY),
        (answer(200, {"value": [{"id": "1", EXTENSION.lower(): 5}]}), Holders.SOMEBODY),
        (answer(200, {"value": [{"id": "1"}], "@odata.count": 1}), Holders.NOBODY),
        (answer(200, {"value": [{"id": "1", EXTENSION: None}]}), Holders.NOBODY),
        (answer(200, {"value": [{"id": "1"}, {"id": "2", EXTENSION: "+46 701740605"}]}), Holders.SOMEBODY),
        (answer(200, {"value": []}), Holders.NOBODY),
        (answer(200, {"value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?x"}), Holders.UNTOLD),
        (answer(200, {"value": None}), Holders.UNTOLD),
        (answer(200, {"value": [7]}), Holders.UNTOLD),
        (answer(400, {"error": {"message": "Filter operator 'NotEqualsMatch' is not supported."}}), Holders.UNTOLD),
        (Answer(Fate.LOST), Holders.UNTOLD),
    ],
)
def test_what_an_answer_says(found: Answer, expected: Holders) -> None:
    assert read_holders(found, EXTENSION) is expected


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (400, EXTENSION, Holders.NOBODY),
        (403, EXTENSION, Holders.UNTOLD),
        # Which every directory has.
        (400, "extensionAttribute15", Holders.UNTOLD),
    ],
)
def test_a_name_that_graph_refuses_is_nobodys(status: int, name: str, expected: Holders) -> None:
    said = f"Property '{name}' does not exist as a declared property or extension property."
    assert read_holders(answer(status, {"error": {"message": said}}), name) is expected
