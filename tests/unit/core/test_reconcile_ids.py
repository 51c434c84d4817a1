"""reconcile.py with values for users who are named by userPrincipalName and object id, which may contradict."""

import pytest

from shared.core.codes import Code
from shared.core.desired import ExplicitSource, GivenId, Requested, RequestedValue, Source, Spot
from shared.core.models import RunReport, Target
from shared.errors import InvalidBody
from tests.unit.core.reconciling import codes, run
from tests.unit.people import MOBILE, InMemory

NEW = "+46 701740605"
ANNA, BEA, NOBODY = (Target(upn=f"{name}@contoso.com") for name in ("anna", "bea", "nobody"))


def source(**ids: str) -> Source:
    """What is requested for all of them, with the ids that stand beside their names."""
    targets = {"anna": ANNA, "bea": BEA, "nobody": NOBODY}
    given = {targets[name]: GivenId(each, Spot(f"/{name}/id", f"Row {name}")) for name, each in ids.items()}
    request = Requested({MOBILE: RequestedValue(NEW)})
    return ExplicitSource(dict.fromkeys((*targets.values(), Target(id="anna")), request), ids=given)


@pytest.fixture
def directory(directory: InMemory) -> InMemory:
    for name in ("anna", "bea"):
        directory.add(name)
    return directory


def refused(directory: InMemory, *targets: Target, dry_run: bool = False, **ids: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as refusal:
        run(directory, *targets, source=source(**ids), dry_run=dry_run)
    assert "write" not in directory.calls
    return [(fault.pointer, fault.detail) for fault in refusal.value.faults]


def written(directory: InMemory, report: RunReport) -> tuple[list[Code], list[str]]:
    return codes(report), sorted({user_id for user_id, _ in directory.written})


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("other", ["anna", "deleted"])
def test_the_id_of_somebody_else_ends_the_request_before_any_write(
    directory: InMemory, other: str, dry_run: bool
) -> None:
    assert refused(directory, ANNA, BEA, dry_run=dry_run, bea=other) == [
        (
            "/bea/id",
            "Row bea: The userPrincipalName beside this id names another user. It is not clear which of them is meant.",
        )
    ]


def test_every_such_user_is_told() -> None:
    directory = InMemory()
    for name in ("anna", "bea"):
        directory.add(name)
    # As where one column of a table has slipped by a row.
    assert [pointer for pointer, _ in refused(directory, ANNA, BEA, anna="bea", bea="anna")] == [
        "/anna/id",
        "/bea/id",
    ]


def test_a_protected_user_is_told_too(directory: InMemory) -> None:
    directory.protected = frozenset({"bea"})
    assert [pointer for pointer, _ in refused(directory, BEA, bea="anna")] == ["/bea/id"]


def test_the_second_name_of_one_user_may_have_the_wrong_id(directory: InMemory) -> None:
    assert [pointer for pointer, _ in refused(directory, Target(id="anna"), ANNA, anna="bea")] == ["/anna/id"]


def test_the_users_own_id_changes_nothing(directory: InMemory) -> None:
    report = run(directory, ANNA, BEA, Target(id="anna"), source=source(anna="anna"))
    assert written(directory, report) == ([Code.ADDED, Code.ADDED, Code.DUPLICATE_USER], ["anna", "bea"])


def test_where_nobody_has_the_name_the_id_finds_nobody_either(directory: InMemory) -> None:
    report = run(directory, NOBODY, BEA, source=source(nobody="anna"))
    assert written(directory, report) == ([Code.USER_NOT_FOUND, Code.ADDED], ["bea"])
