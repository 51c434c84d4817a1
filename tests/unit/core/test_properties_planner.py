"""What must hold for every plan, over all types: from any state that Graph allows to any state that may be desired."""

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.core.codes import Code
from shared.core.desired import Desired, DirectorySource
from shared.core.models import Action, Change, Current, Method, Stop, Target
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy, plan_user
from shared.core.reconcile import Refused, reconcile
from shared.deadline import Deadline
from tests.unit.core.desired_states import accounts, desired_states, policies, simple_values
from tests.unit.core.reconciling import ByCeilings
from tests.unit.graph_rules import Account, Key, SmsPolicy, Verdict
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, SMS, InMemory
from tests.unit.strategies import FEW, MORE, mobile_numbers, numbers


def plan(desired: Desired, account: Account, policy: Policy, masked: bool) -> tuple[Change, ...]:
    return plan_user(desired, account.seen(desired.scope, masked=masked), policy).changes


def writes(changes: tuple[Change, ...]) -> list[Change]:
    return [change for change in changes if change.is_write]


def named(desired: Desired, account: Account) -> set[Key]:
    """All that the desired state is about. The state of SMS sign-in belongs to the mobile number."""
    keys: set[Key] = {(kind, None) for kind in desired.values}
    if desired.sms_sign_in is not None or MOBILE in desired.values:
        keys.add((SMS, None))
    for removal in desired.removals:
        keys |= {
            (kind, method_id)
            for method_id, kind in account.others.items()
            if kind is removal.method and removal.id in (None, method_id, method_id.upper())
        }
    return keys


def is_on_graph(change: Change, account: Account) -> bool:
    """A switch of SMS sign-in is up to Graph: its policy, its other users, its mood."""
    return change.method is SMS and (
        account.deaf or account.policy is SmsPolicy.FORBIDS or account.phones.get(MOBILE) in account.taken
    )


@MORE
@given(st.data(), accounts(has_default=False), policies, st.booleans())
def test_the_plan_applied_in_order_is_accepted(
    data: st.DataObject, account: Account, policy: Policy, masked: bool
) -> None:
    desired = data.draw(desired_states(account))
    for change in writes(plan(desired, account, policy, masked)):
        is_excused = is_on_graph(change, account)
        verdict = account.do(change)
        assert is_excused or verdict in (Verdict.DONE, Verdict.SAVED_ALL_THE_SAME)


@MORE
@given(st.data(), accounts(has_default=False), policies, st.booleans())
def test_planned_again_there_is_nothing_left_to_write(
    data: st.DataObject, account: Account, policy: Policy, masked: bool
) -> None:
    """But a switch that Graph does not make, and with ON_MASKED=rewrite a number of which nobody can see that it is
    right, and behind it SMS sign-in, which depends on the number."""
    desired = data.draw(desired_states(account))
    for change in writes(plan(desired, account, policy, masked)):
        account.do(change)
    left = writes(plan(desired, account, policy, masked))
    rewritten = {change.method for change in left if change.masked_match}
    assert not rewritten or (masked and policy.rewrite_masked)
    assert all(
        change.method in rewritten or (change.method is SMS and MOBILE in rewritten) or is_on_graph(change, account)
        for change in left
    )


@MORE
@given(st.data(), accounts(), policies, st.booleans())
def test_methods_that_are_not_named_are_untouched(
    data: st.DataObject, account: Account, policy: Policy, masked: bool
) -> None:
    desired = data.draw(desired_states(account))
    before, names = account.values(), named(desired, account)
    changes = plan(desired, account, policy, masked)
    for change in writes(changes):
        account.do(change)
    after = account.values()
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} <= names
    assert {change.key for change in writes(changes)} <= names


@MORE
@given(st.data(), accounts(), policies, st.booleans())
def test_all_that_is_named_is_in_the_plan_exactly_once(
    data: st.DataObject, account: Account, policy: Policy, masked: bool
) -> None:
    desired = data.draw(desired_states(account))
    changes = plan(desired, account, policy, masked)
    keys = [change.key for change in changes]
    assert len(keys) == len(set(keys))
    assert set(desired.values) <= {change.method for change in changes}
    assert (SMS in {change.method for change in changes}) is (desired.sms_sign_in is not None)
    assert {removal.method for removal in desired.removals} <= {change.method for change in changes}


@MORE
@given(st.data(), accounts(has_default=False), policies)
def test_a_state_that_can_be_is_reached(data: st.DataObject, account: Account, policy: Policy) -> None:
    """The planner finds no excuse: what is desired without any condition, and Graph allows, comes about."""
    account.synced = False
    kinds = data.draw(st.lists(st.sampled_from([MOBILE, ALTERNATE, OFFICE, EMAIL]), unique=True))
    desired = Desired({kind: data.draw(simple_values(kind)) for kind in kinds})
    target = {MOBILE: None, ALTERNATE: None, OFFICE: None, **account.phones}
    target |= {
        kind: value.value.graph_format if isinstance(value.value, PhoneNumber) else None
        for kind, value in desired.values.items()
        if kind is not EMAIL
    }
    for change in writes(plan(desired, account, policy, masked=False)):
        account.do(change)
    if EMAIL in desired.values:
        value = desired.values[EMAIL].value
        assert (account.email or "").lower() == ("" if value is None else value.text.lower())  # type: ignore[union-attr]
    assert account.phones.get(OFFICE) == target[OFFICE]
    if target[ALTERNATE] is None or target[MOBILE] is not None:
        assert {**dict.fromkeys((MOBILE, ALTERNATE, OFFICE)), **account.phones} == target


@MORE
@given(st.data(), accounts(), policies, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_registered_methods_does_not_matter(
    data: st.DataObject, account: Account, policy: Policy, masked: bool, random: object
) -> None:
    desired = data.draw(desired_states(account))
    current = account.seen(desired.scope, masked=masked)
    phones = list(current.phones)
    random.shuffle(phones)  # type: ignore[attr-defined]
    shuffled = Current(tuple(phones), current.email, current.others)
    assert plan_user(desired, current, policy) == plan_user(desired, shuffled, policy)


@FEW
@given(st.none() | numbers, st.none() | mobile_numbers, st.booleans())
def test_any_number_settles_in_one_run(held: PhoneNumber | None, desired: PhoneNumber | None, masked: bool) -> None:
    assume(not masked or all(len(found.national) > 2 for found in (held, desired) if found is not None))
    directory = InMemory()
    directory.masks = masked
    directory.add("u1", desired.graph_format if desired else None, **({"mobile": held.graph_format} if held else {}))
    source = DirectorySource(remove_on_empty=True)
    codes = []
    for _ in range(2):
        report = reconcile(
            [Target(id="u1")],
            source,
            directory,
            None,
            Policy(),
            dry_run=False,
            deadline=Deadline(10),
            judge=ByCeilings(),
        )
        codes += [result.code for result in report.results]
    assert len(directory.written) <= 1
    assert codes[1] in (Code.UNCHANGED, Code.MASKED_MATCH)
    if codes[0] is not Code.MASKED_MATCH:
        assert directory.phones["u1"] == ({MOBILE: desired.graph_format} if desired else {})


# The guard, in front of all plans of a run


@FEW
@given(st.data(), st.integers(0, 100), st.booleans())
def test_a_run_removes_no_more_than_its_share_or_writes_nothing(
    data: st.DataObject, percent: int, dry_run: bool
) -> None:
    directory = InMemory()
    for index in range(data.draw(st.integers(1, 16))):
        account = data.draw(accounts())
        texts: dict[Method, str | Stop | None] = {
            kind: data.draw(st.sampled_from([None, None, "+46 701740605", "n/a"])) for kind in (MOBILE, OFFICE)
        }
        if data.draw(st.booleans()):
            texts[EMAIL] = None
        directory.add_account(f"u{index}", account, texts)
    before = {user_id: account.values() for user_id, account in directory.accounts.items()}
    targets = [Target(id=user_id) for user_id in directory.users]
    source = DirectorySource(remove_on_empty=data.draw(st.booleans()))
    policy = Policy(max_removals_percent=percent)
    refused = False
    try:
        report = reconcile(
            targets, source, directory, None, policy, dry_run=dry_run, deadline=Deadline(10), judge=ByCeilings()
        )
    except Refused as stop:
        report, refused = stop.report, True
    if refused:
        planned = [done for result in report.results for done in result.changes if done.code is Code.PLANNED]
        assert sum(done.change.action in (Action.REMOVE, Action.UPDATE) for done in planned) > 10
        assert directory.written == []
    lost = sum(
        key not in account.values() for user_id, account in directory.accounts.items() for key in before[user_id]
    )
    states = sum(
        (SMS, None) in before[user_id] and (SMS, None) not in account.values()
        for user_id, account in directory.accounts.items()
    )
    assert lost - states <= max(10, len(targets) * percent / 100)
    assert not dry_run or directory.written == []
    assert [result.target for result in report.results] == targets
