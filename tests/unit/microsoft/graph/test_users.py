"""graph/users.py: from what the caller named to user objects, against the sandbox."""

from dataclasses import replace

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Method, Target, User
from shared.deadline import Deadline
from shared.microsoft.graph.users import NAMES_IN_A_FILTER, UserReader
from tests.support import UNUSUAL_UPNS
from tests.unit.microsoft.graph.finding import ANNA, BJORN, NOBODY, code, find, source, user

UNUSUAL = [*UNUSUAL_UPNS, "zo\u00eb.lind@contoso.com"]


def filters(box: SandboxTenant) -> int:
    return len(box.tenant.calls(path_contains="filter"))


def singles(box: SandboxTenant) -> int:
    return sum(not record.path.endswith("/$batch") for record in box.tenant.calls()) - filters(box)


def test_a_user_with_what_is_needed(box: SandboxTenant, users: UserReader) -> None:
    (anna,) = find(users, ANNA)
    attributes = {Method.MOBILE: "+46 701740605"}
    assert anna == User(box.tenant.user(ANNA.upn or "").id, ANNA.upn or "", attributes, "SE")


def test_nobody_asked_nothing_sent(box: SandboxTenant, users: UserReader) -> None:
    assert users.find([], Deadline(20)) == {}
    assert box.tenant.calls() == []


def test_names_go_into_filters_of_fifteen(box: SandboxTenant, users: UserReader) -> None:
    for index in range(35):
        box.tenant.add_user(f"user{index}@contoso.com", extensionAttribute15=f"+46 7017406{index:02}")
    targets = [Target(upn=f"user{index}@contoso.com") for index in range(35)]
    assert [source(found) for found in find(users, *targets)] == [f"+46 7017406{index:02}" for index in range(35)]
    assert (filters(box), singles(box)) == (3, 0)
    assert NAMES_IN_A_FILTER == 15


def test_users_are_told_of_while_others_are_awaited(box: SandboxTenant, users: UserReader) -> None:
    targets = [Target(upn=f"user{index}@contoso.com") for index in range(20)]
    for target in targets:
        box.tenant.add_user(target.upn or "")
    box.tenant.faults.append(Fault("status", path="user19", status=503, retry_after=0.5, times=1))
    early: list[Target] = []
    late: list[Target] = []

    def seen(target: Target, user: User) -> None:
        assert user.upn == target.upn
        is_there = any(record.status == 200 for record in box.tenant.calls(path_contains="user19"))
        (late if is_there else early).append(target)

    assert set(users.find([*targets, NOBODY], Deadline(20), seen)) == {*targets, NOBODY}
    assert (len(early), len(late)) == (15, 5)
    assert {*early, *late} == {*targets}


@pytest.mark.parametrize("upn", UNUSUAL)
def test_unusual_names_are_found_by_filter(box: SandboxTenant, users: UserReader, upn: str) -> None:
    assert user(find(users, Target(upn=upn))[0]).upn == upn
    assert singles(box) == 0


@pytest.mark.parametrize("upn", UNUSUAL)
def test_unusual_names_are_found_singly(box: SandboxTenant, users: UserReader, upn: str) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=501))
    assert user(find(users, Target(upn=upn))[0]).upn == upn


def test_a_name_with_dollar_and_apostrophe(box: SandboxTenant, users: UserReader) -> None:
    box.tenant.add_user("$o'brien@contoso.com")
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=501))
    assert user(find(users, Target(upn="$o'brien@contoso.com"))[0]).upn == "$o'brien@contoso.com"


def test_a_user_who_was_not_asked_for_is_no_answer(users: UserReader) -> None:
    anna, bjorn = (user(found) for found in find(users, ANNA, BJORN))
    for target in (ANNA, Target(id=anna.id)):
        (found,) = users.settled({target: bjorn}, Deadline(20)).values()
        assert code(found) is Code.GRAPH_UNAVAILABLE


def test_a_user_asked_for_by_another_spelling_is_an_answer(users: UserReader) -> None:
    (anna,) = find(users, ANNA)
    for target in (Target(upn="ANNA.Andersson@Contoso.com"), Target(id=user(anna).id.upper())):
        assert users.settled({target: anna}, Deadline(20)) == {target: anna}
    zoe = replace(user(anna), upn="ZO\u00cb@contoso.com")
    target = Target(upn="zo\u00eb@contoso.com")
    assert users.settled({target: zoe}, Deadline(20)) == {target: zoe}


def test_the_callers_case_does_not_matter(users: UserReader) -> None:
    (gustav,) = find(users, Target(upn="gustav.mixedcase@CONTOSO.com"))
    assert user(gustav).upn == "Gustav.MixedCase@contoso.com"


def test_by_object_id(box: SandboxTenant, users: UserReader) -> None:
    anna = box.tenant.user(ANNA.upn or "")
    assert user(find(users, Target(id=anna.id))[0]).upn == ANNA.upn
    assert filters(box) == 0


def test_an_unknown_object_id(users: UserReader) -> None:
    assert code(find(users, Target(id="00000000-0000-4000-8000-000000000000"))[0]) is Code.USER_NOT_FOUND


def test_confirming_get_a_user_whom_the_filter_does_not_show_yet_is_found(
    box: SandboxTenant, users: UserReader
) -> None:
    box.tenant.change_user(ANNA.upn or "", hiddenFilterReads=5)
    assert [user(found).upn for found in find(users, ANNA, BJORN)] == [ANNA.upn, BJORN.upn]
    assert (filters(box), singles(box)) == (1, 1)


def test_confirming_get_who_is_not_there_either_is_not_found(box: SandboxTenant, users: UserReader) -> None:
    anna, nobody = find(users, ANNA, NOBODY)
    assert user(anna).upn == ANNA.upn
    assert code(nobody) is Code.USER_NOT_FOUND
    assert (filters(box), singles(box)) == (1, 1)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 424, 431, 501])
def test_in_filter_fallback_where_graph_refuses_it_users_are_read_singly(
    box: SandboxTenant, users: UserReader, status: int
) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=status))
    anna, bjorn, nobody = find(users, ANNA, BJORN, NOBODY)
    assert (user(anna).upn, user(bjorn).upn, code(nobody)) == (ANNA.upn, BJORN.upn, Code.USER_NOT_FOUND)
    assert (filters(box), singles(box)) == (1, 3)


def test_in_filter_fallback_when_graph_takes_fewer_values(box: SandboxTenant, users: UserReader) -> None:
    box.tenant.set_switches(max_in_values=1)
    assert [user(found).upn for found in find(users, ANNA, BJORN)] == [ANNA.upn, BJORN.upn]


@pytest.mark.parametrize(("status", "expected"), [(403, Code.FORBIDDEN), (401, Code.GRAPH_UNAVAILABLE)])
def test_a_filter_that_is_forbidden_is_not_tried_another_way(
    box: SandboxTenant, users: UserReader, status: int, expected: Code
) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=status))
    assert [code(found) for found in find(users, ANNA, NOBODY)] == [expected] * 2
    assert singles(box) == 0


def test_one_groups_trouble_is_not_that_of_the_others(box: SandboxTenant, users: UserReader) -> None:
    for index in range(NAMES_IN_A_FILTER):
        box.tenant.add_user(f"user{index}@contoso.com")
    box.tenant.faults.append(Fault("status", path="user0@", status=403))
    targets = [Target(upn=f"user{index}@contoso.com") for index in range(NAMES_IN_A_FILTER)]
    *first, anna = find(users, *targets, ANNA)
    assert {code(found) for found in first} == {Code.FORBIDDEN}
    assert user(anna).upn == ANNA.upn
