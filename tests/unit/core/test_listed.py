"""core/listed.py: whoever is as the listing desired is not read again, and everybody is planned as by reading."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.listed import NOTHING, UNCLEAR, ListedDirectory, ListedUser, listed_user
from shared.core.models import Method, ReadScope, Stop, Target, User
from shared.core.plan import Policy
from shared.core.reconcile import reconcile
from shared.core.report import Json, user_body
from shared.deadline import Deadline
from tests.unit.core.desired_states import ADDRESSES, TEXTS, accounts, policies
from tests.unit.core.reconciling import ByCeilings
from tests.unit.graph_rules import Account
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, InMemory
from tests.unit.strategies import MORE

NEW, OLD = TEXTS[0], TEXTS[1]
UNREADABLE = Stop(Code.INVALID_NUMBER, "The attribute holds a list.")
KEEP, REMOVE = DirectorySource(), DirectorySource(remove_on_empty=True)
HELD = [*TEXTS, "0701740605", None, " ", "no number", UNREADABLE]
POOLS = {
    **{kind: HELD for kind in (MOBILE, ALTERNATE, OFFICE)},
    EMAIL: [*ADDRESSES, None, "no address", UNREADABLE],
}
attributes = st.sampled_from(
    [(MOBILE,), (MOBILE, ALTERNATE), (OFFICE,), (MOBILE, ALTERNATE, OFFICE, EMAIL), (EMAIL,)]
).flatmap(lambda kinds: st.fixed_dictionaries({kind: st.sampled_from(POOLS[kind]) for kind in kinds}))
sources = st.builds(
    DirectorySource,
    remove_on_empty=st.booleans(),
    default_region=st.sampled_from([None, "SE"]),
    sms_sign_in=st.sampled_from([None, True, False]),
)


def keyed(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()


def tags(user: User, source: DirectorySource = KEEP) -> Mapping[Method, str] | None:
    found = listed_user(user, source, keyed)
    return None if found is None else found.tags


def seen(directory: InMemory, source: DirectorySource) -> dict[Target, ListedUser]:
    listed = {Target(user.upn): listed_user(user, source, keyed) for user in directory.users.values()}
    return {target: user for target, user in listed.items() if user is not None}


def plan(
    directory: InMemory, source: DirectorySource, listed: dict[Target, ListedUser], *, is_listed: bool, policy: Policy
) -> list[Json]:
    directory.calls.clear()
    read = ListedDirectory(directory, listed, keyed, rereads=False) if is_listed else directory
    report = reconcile(
        list(listed), source, read, None, policy, dry_run=True, deadline=Deadline(10), judge=ByCeilings()
    )
    return [_alike(user_body(result, report.source)) for result in report.results]


def _alike(value: object) -> object:
    """Capitals in an address make no other one."""
    if isinstance(value, dict):
        return {key: _alike(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_alike(each) for each in value]
    return value.casefold() if isinstance(value, str) else value


@st.composite
def directories(draw: st.DrawFn) -> InMemory:
    directory = InMemory()
    directory.masks = draw(st.booleans())
    kinds = draw(attributes)
    for name in ("anna", "bo"):
        account: Account = draw(accounts())
        same: dict[Method, str | Stop | None] = {**account.phones, EMAIL: account.email}
        held = {kind: draw(st.sampled_from([value, same.get(kind)])) for kind, value in kinds.items()}
        directory.add_account(name, account, held, draw(st.sampled_from([None, "SE"])))
    return directory


@MORE
@given(directory=directories(), source=sources, policy=policies)
def test_everybody_is_planned_as_by_reading(directory: InMemory, source: DirectorySource, policy: Policy) -> None:
    policy = replace(policy, max_removals=99, max_overwrites=99)
    listed = seen(directory, source)
    both = [plan(directory, source, listed, is_listed=is_listed, policy=policy) for is_listed in (True, False)]
    assert both[0] == both[1]


@MORE
@given(directory=directories(), later=attributes, source=sources)
def test_a_listing_that_is_old_makes_nobody_be_planned_for_what_is_gone(
    directory: InMemory, later: Mapping[Method, str | Stop | None], source: DirectorySource
) -> None:
    """The attributes have changed since: a user is planned as of one of the two moments. With SMS sign-in, one user's
    number counts for the others too, who may be planned as of the other moment."""
    assume(source.sms_sign_in is not True)
    policy, listed = Policy(max_removals=99, max_overwrites=99), seen(directory, source)
    before = plan(directory, source, listed, is_listed=False, policy=policy)
    for name, user in directory.users.items():
        directory.users[name] = replace(user, attributes={kind: later.get(kind) for kind in user.attributes})
    after = plan(directory, source, listed, is_listed=False, policy=policy)
    found = plan(directory, source, listed, is_listed=True, policy=policy)
    assert all(each in (one, other) for each, one, other in zip(found, before, after, strict=True))


def test_only_who_is_not_as_the_listing_desired_is_read_again() -> None:
    directory = InMemory()
    for number in range(9):
        directory.add(f"right{number}", NEW, mobile=NEW)
    directory.add("wrong", NEW, mobile=OLD)
    listed = seen(directory, KEEP)
    plan(directory, KEEP, listed, is_listed=True, policy=Policy())
    assert directory.calls == ["guarded", "methods", "read"]
    # What the methods are is known by then.
    assert len(directory.asked_methods) == 1
    del directory.accounts["wrong"].phones[MOBILE]
    right = {target: user for target, user in listed.items() if user.id != "wrong"}
    plan(directory, KEEP, right, is_listed=True, policy=Policy())
    assert directory.calls == ["guarded", "methods", "read"]


def test_a_number_that_graph_hides_is_read_again() -> None:
    directory = InMemory()
    directory.masks = True
    directory.add("anna", NEW, mobile=NEW)
    (found,) = plan(directory, KEEP, seen(directory, KEEP), is_listed=True, policy=Policy())
    assert found["code"] == "maskedmatch"


def test_a_protected_user_shows_nothing() -> None:
    directory = InMemory()
    directory.add("anna", NEW, mobile=OLD)
    directory.protected = frozenset({"anna"})
    (found,) = plan(directory, KEEP, seen(directory, KEEP), is_listed=True, policy=Policy())
    assert (found["code"], found["changes"]) == ("protecteduser", [])


def test_who_is_gone_or_unreadable_is_told_as_such() -> None:
    directory = InMemory()
    directory.add("anna", NEW, mobile=NEW)
    listed = seen(directory, KEEP)
    directory.unreadable["anna"] = Stop(Code.THROTTLED, "Later.")
    (found,) = plan(directory, KEEP, listed, is_listed=True, policy=Policy())
    assert found["code"] == "throttled"


def test_what_is_kept_of_a_user_holds_no_number() -> None:
    user = User("id-1", "anna@contoso.com", {MOBILE: NEW, OFFICE: None, ALTERNATE: "no number"}, None)
    found = listed_user(user, KEEP, keyed)
    assert found is not None
    assert (found.tags[OFFICE], found.tags[ALTERNATE]) == (NOTHING, UNCLEAR)
    assert "740605" not in repr(found)
    assert NEW not in repr(found)


def test_who_has_nothing_counts_only_where_that_is_removed() -> None:
    nothing = User("id-1", "anna@contoso.com", {MOBILE: None}, None)
    assert tags(nothing) is None
    assert tags(nothing, REMOVE) == {MOBILE: NOTHING}
    assert tags(replace(nothing, attributes={MOBILE: UNREADABLE})) == {MOBILE: UNCLEAR}
    assert tags(nothing, DirectorySource(sms_sign_in=False)) == {MOBILE: NOTHING}


def test_the_tag_is_that_of_the_number_however_it_is_written() -> None:
    one, other = (User("id", "anna@contoso.com", {MOBILE: text}, "SE") for text in (NEW, "070-174 06 05"))
    assert tags(one) == tags(other)


def test_the_scope_is_that_of_the_methods_desired() -> None:
    directory = InMemory()
    directory.add_account("anna", Account({MOBILE: NEW}, ADDRESSES[0]), {MOBILE: NEW, EMAIL: ADDRESSES[0]})
    plan(directory, KEEP, seen(directory, KEEP), is_listed=True, policy=Policy())
    assert directory.scopes == [ReadScope.ALL]
