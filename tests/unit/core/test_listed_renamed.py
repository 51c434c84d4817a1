"""core/listed.py: who was listed is meant, whoever bears the name by now."""

import hashlib
from dataclasses import replace

import pytest

from shared.core.codes import Code
from shared.core.desired import DirectorySource
from shared.core.listed import ListedDirectory, ListedUser, listed_user
from shared.core.models import ReadScope, Target
from shared.core.plan import Policy
from shared.core.reconcile import reconcile
from shared.deadline import Deadline
from tests.unit.core.reconciling import ByCeilings
from tests.unit.people import MOBILE, InMemory

NEW, OLD, OTHERS = "+46 701740605", "+46 701740606", "+46 701740607"


def keyed(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()


@pytest.mark.parametrize("rereads", [False, True])
@pytest.mark.parametrize("registered", [OLD, None])
def test_a_name_that_was_given_to_another_user_names_nobody(rereads: bool, registered: str | None) -> None:
    directory = InMemory()
    anna = directory.add("anna", NEW, **({"mobile": registered} if registered else {}))
    target, listed = Target(anna.upn), listed_user(anna, DirectorySource(), keyed)
    assert listed is not None
    directory.users["anna"] = replace(anna, upn="anna.new@contoso.com")
    directory.users["bo"] = replace(directory.add("bo", OTHERS), upn=anna.upn)
    read = ListedDirectory(directory, {target: listed}, keyed, rereads=rereads)
    report = reconcile(
        [target], DirectorySource(), read, None, Policy(), dry_run=False, deadline=Deadline(10), judge=ByCeilings()
    )
    (result,) = report.results
    assert (result.code, result.user_id, result.changes) == (Code.USER_NOT_FOUND, None, ())
    assert directory.written == []
    assert ["bo"] not in directory.asked_methods


def test_before_a_write_everybody_is_read_again() -> None:
    directory = InMemory()
    anna = directory.add("anna", NEW, mobile=NEW)
    target, listed = Target(anna.upn), listed_user(anna, DirectorySource(), keyed)
    assert isinstance(listed, ListedUser)
    read = ListedDirectory(directory, {target: listed}, keyed, rereads=True)
    (snapshot,) = read.read([target], lambda _target, _user: ReadScope.PHONES, Deadline(10))
    # Nothing is asked by the id alone.
    assert [asked for asked in directory.asked_methods if asked] == [["anna"]]
    assert directory.calls.index("read") < directory.calls.index("methods", 1)
    assert snapshot.user == anna
    assert snapshot.current is not None
    assert snapshot.current.phone(MOBILE) is not None
