"""graph/users.py: an attribute that Microsoft Graph does not have is the operator's trouble, not the users'."""

import pytest

from sandbox.tenant import SandboxTenant
from shared.core.models import ReadScope, Snapshot, Stop, Target
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from tests.unit.microsoft.graph.finding import ANNA, BJORN, find, reader
from tests.unit.microsoft.graph.people import directory_of

NOBODY = Target("nobody@contoso.com")
BY_ID = Target(id="fd7a4857-243b-52cd-aa04-f26e08b4f9f4")


def read(client: GraphClient, targets: list[Target], *names: str, **others: str) -> list[Snapshot]:
    directory = directory_of(client, reader(client, *names, **others))
    return directory.read(targets, lambda _target, _user: ReadScope.PHONES, Deadline(20))


@pytest.mark.parametrize("targets", [[ANNA], [ANNA, BJORN], [BY_ID], [ANNA, NOBODY, BY_ID]])
def test_it_ends_the_request_and_names_the_setting_with_graphs_sentence(
    box: SandboxTenant, client: GraphClient, targets: list[Target]
) -> None:
    with pytest.raises(ConfigurationError) as ended:
        read(client, targets, "verifiedMobile")
    assert ended.value.detail == (
        'SOURCE_ATTRIBUTE names no attribute of a user. Microsoft Graph: "Parsing OData Select and Expand failed: '
        "Could not find a property named 'verifiedMobile' on type 'microsoft.graph.user'.\""
    )
    assert box.tenant.calls(path_contains="/phoneMethods") == [] or len(targets) == 1


@pytest.mark.parametrize(
    ("others", "settings"),
    [
        ({"office": "officeTelephone"}, "OFFICE_ATTRIBUTE"),
        ({"email": "privateMail"}, "EMAIL_ATTRIBUTE"),
        ({"alternateMobile": "other", "office": "other"}, "ALTERNATE_MOBILE_ATTRIBUTE, OFFICE_ATTRIBUTE"),
    ],
)
@pytest.mark.usefixtures("box")
def test_every_setting_that_has_the_name_is_told(client: GraphClient, others: dict[str, str], settings: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{settings} names no attribute"):
        read(client, [ANNA, BJORN], "extensionAttribute15", **others)


def test_a_list_is_not_asked_for_one_by_one(box: SandboxTenant, client: GraphClient) -> None:
    targets = [Target(f"user{number}@contoso.com") for number in range(10)]
    found = find(reader(client, "verifiedMobile"), *targets)
    assert all(isinstance(stop, Stop) and isinstance(stop.cause, ConfigurationError) for stop in found)
    assert len(box.tenant.calls("graph")) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "Invalid object identifier 'anna'mobilePhone'@contoso.com'."),
        (400, "Could not find a property named 'otherPhone' on type 'microsoft.graph.user'."),
        (403, "Could not find a property named 'mobilePhone' on type 'microsoft.graph.user'."),
        (400, None),
    ],
    ids=["a name", "another property", "not a bad request", "no words"],
)
def test_another_refusal_of_one_user_stays_that_users(client: GraphClient, status: int, said: str | None) -> None:
    answer = Answer(Fate.ANSWERED, status, {"error": {"code": "BadRequest", "message": said}})
    stop = reader(client, "mobilePhone").read(answer)
    assert isinstance(stop, Stop)
    assert stop.cause is None
