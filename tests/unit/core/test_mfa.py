"""mfa.py: every write of a request is forbidden although the reads work."""

import pytest

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.desired import DirectorySource
from shared.core.mfa import LEAST_USERS
from shared.core.models import Change, Outcome, OutcomeKind, ServiceAccount, Stop, Target
from shared.core.plan import Policy
from shared.core.reconcile import reconcile
from shared.deadline import Deadline
from tests.unit.core.reconciling import ByCeilings
from tests.unit.graph_rules import Account
from tests.unit.people import MOBILE, OFFICE, Answering, InMemory, failed, lost_before, obeyed

NEW, OLD = "+46 701740605", "+46 701740666"
ACCOUNT = ServiceAccount("id-svc", "svc@contoso.com")


def challenged(_directory: InMemory, _user_id: str, _change: Change) -> Outcome:
    return Outcome(OutcomeKind.FAILED, Stop(Code.MFA_REQUIRED, "Graph asks for claims."))


# All users have one number: that is not the point here.
MANY = Policy(users_per_number=0)


@pytest.fixture
def directory() -> InMemory:
    directory = InMemory()
    directory.add("right", NEW, mobile=NEW)
    return directory


def codes(
    directory: InMemory,
    *answers: Answering,
    account: ServiceAccount | None = ACCOUNT,
    refused: int = 0,
    office: str | None = None,
) -> list[Code]:
    """Of users for whom Graph answers writes like this, the first ones refused before, and of one who needs none.
    `office`: a value that they should have besides."""
    for index, answer in enumerate(answers):
        directory.add_account(f"u{index}", Account({MOBILE: OLD}), {MOBILE: NEW, OFFICE: office})
        directory.script(f"u{index}", *[answer] * 3)
    targets = [Target(f"{user_id}@contoso.com") for user_id in directory.users]
    report = reconcile(
        *(targets, DirectorySource(), directory, account, MANY),
        dry_run=False,
        deadline=Deadline(10),
        again=targets[1 : 1 + refused],
        judge=ByCeilings(),
    )
    for result in report.results:
        if result.code is Code.MFA_REQUIRED:
            assert result.status is UserStatus.FAILED
            assert result.changes[0].status is ChangeStatus.FAILED
            assert "GRAPH_AUTH=managed_identity" in result.message
    assert report.results[0].code is Code.UNCHANGED
    return [result.code for result in report.results[1:]]


def test_three_users_who_are_all_forbidden_tell_the_reason(directory: InMemory) -> None:
    assert codes(directory, *[failed] * LEAST_USERS) == [Code.MFA_REQUIRED] * 3
    assert LEAST_USERS == 3


def test_what_graph_said_of_each_stays_in_its_message(directory: InMemory) -> None:
    codes(directory, failed, failed, failed)
    targets = [Target(id=f"u{index}") for index in range(3)]
    for target in targets:
        directory.script(target.id or "", failed)
    report = reconcile(
        targets, DirectorySource(), directory, ACCOUNT, MANY, dry_run=False, deadline=Deadline(10), judge=ByCeilings()
    )
    assert all("The role does not reach this user." in result.message for result in report.results)


@pytest.mark.parametrize(
    "answers",
    [(failed, failed), (failed, failed, failed, obeyed), (failed, failed, failed, lost_before)],
    ids=["two users", "one written", "one lost"],
)
def test_fewer_or_other_answers_are_what_they_are(directory: InMemory, answers: tuple[Answering, ...]) -> None:
    found = codes(directory, *answers)
    assert Code.MFA_REQUIRED not in found
    assert found.count(Code.FORBIDDEN) == answers.count(failed)


def test_users_who_are_there_only_because_graph_refused_them_before_tell_nothing(directory: InMemory) -> None:
    assert codes(directory, *[failed] * 5, refused=3) == [Code.FORBIDDEN] * 5
    assert codes(directory, *[failed] * 6, refused=3) == [Code.MFA_REQUIRED] * 6


def test_and_one_of_them_who_is_written_tells_that_it_is_not_mfa(directory: InMemory) -> None:
    assert Code.MFA_REQUIRED not in codes(directory, obeyed, failed, failed, failed, refused=1)


def test_what_was_not_sent_says_nothing_against_it(directory: InMemory) -> None:
    assert codes(directory, *[failed] * LEAST_USERS, office="not a number") == [Code.MFA_REQUIRED] * LEAST_USERS


def test_an_app_is_not_asked_for_mfa(directory: InMemory) -> None:
    assert codes(directory, failed, failed, failed, account=None) == [Code.FORBIDDEN] * 3


def test_a_challenge_is_enough_for_one_user(directory: InMemory) -> None:
    directory.add("u0", NEW, mobile=OLD)
    directory.script("u0", challenged)
    report = reconcile(
        [Target(id="u0")],
        DirectorySource(),
        directory,
        ACCOUNT,
        MANY,
        dry_run=False,
        deadline=Deadline(10),
        judge=ByCeilings(),
    )
    assert report.results[0].code is Code.MFA_REQUIRED
