"""What the tests of apply.py share: a user who needs writes, and the way to make them in a directory in memory."""

from shared.core.apply import apply_changes
from shared.core.codes import ChangeStatus, Code
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Action, Current, Method, Stop, Target, UserResult
from shared.core.plan import Policy, UserPlan, plan_user
from shared.deadline import Deadline
from tests.unit.people import MOBILE, InMemory, number

UNREADABLE = Stop(Code.DEADLINE, "The time was over.")


def mobile(text: str | None) -> Desired:
    """The mobile number that is desired, or none."""
    return Desired({MOBILE: DesiredValue(None if text is None else number(text))})


def user_plan(directory: InMemory, desired: Desired, user_id: str = "u1", policy: Policy | None = None) -> UserPlan:
    """What the planner has this user written now."""
    (current,) = directory.methods([(user_id, desired.scope)], Deadline(10))
    assert isinstance(current, Current)
    plan = plan_user(desired, current, policy or Policy())
    assert any(change.is_write for change in plan.changes)
    directory.asked_methods.clear()
    directory.calls.clear()
    return UserPlan(Target(id=user_id), plan, (), user_id, desired, current)


def apply(directory: InMemory, *items: UserPlan, policy: Policy | None = None) -> list[UserResult]:
    return apply_changes(items, directory, policy or Policy(), Deadline(10))


def apply_one(directory: InMemory, desired: Desired) -> UserResult:
    """Plans for u1 and writes."""
    (result,) = apply(directory, user_plan(directory, desired))
    return result


def statuses(result: UserResult) -> dict[Method, ChangeStatus]:
    """Of a user with one change of each method."""
    assert len({done.change.method for done in result.changes}) == len(result.changes)
    return {done.change.method: done.status for done in result.changes}


def only_status(result: UserResult) -> ChangeStatus:
    (change,) = result.changes
    return change.status


def code_and_status(result: UserResult) -> tuple[Code, ChangeStatus]:
    return result.code, only_status(result)


def written(directory: InMemory) -> list[tuple[Method, Action]]:
    """All that was sent, in order, of all users."""
    return [(change.method, change.action) for _, change in directory.written]
