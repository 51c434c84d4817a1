"""graph/users.py: one user who spoils the answer of a filter does not fail the others in it."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Target
from shared.microsoft.graph.client import MAX_TRIES
from shared.microsoft.graph.users import NAMES_IN_A_FILTER, UserReader
from tests.unit.clock import Clock
from tests.unit.microsoft.graph.finding import code, find, user

NAMES = [f"user{index:02}@contoso.com" for index in range(2 * NAMES_IN_A_FILTER)]


@pytest.fixture(autouse=True)
def _no_waiting(clock: Clock) -> None:
    """Tries again at once."""


@pytest.mark.parametrize("count", [3, len(NAMES)])
@pytest.mark.parametrize(
    "fault",
    [Fault("garbage", host="graph", path="user01@"), Fault("status", host="graph", path="user01@", status=504)],
    ids=["garbage", "504"],
)
def test_only_the_user_who_spoils_it_fails(box: SandboxTenant, users: UserReader, fault: Fault, count: int) -> None:
    for name in NAMES:
        box.tenant.add_user(name)
    box.tenant.faults.append(fault)
    found = dict(zip(NAMES, find(users, *(Target(upn=name) for name in NAMES[:count])), strict=False))
    assert code(found.pop("user01@contoso.com")) is Code.GRAPH_UNAVAILABLE
    assert [user(each).upn for each in found.values()] == list(found)


def test_where_no_filter_gets_through_users_are_not_asked_for_singly(box: SandboxTenant, users: UserReader) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=503))
    found = find(users, *(Target(upn=name) for name in NAMES))
    assert {code(each) for each in found} == {Code.GRAPH_UNAVAILABLE}
    assert len(box.tenant.calls(path_contains="filter")) == 2 * MAX_TRIES
    assert box.tenant.calls(path_contains="/users/") == []
