"""records/sweeps.py: where the next sweep begins, changed by one at a time."""

from dataclasses import replace

import pytest

from sandbox.storage import SandboxStorage
from shared.core.sweep import SweepState
from shared.errors import StorageUnavailable
from shared.records.blobs import Connect
from shared.records.sweeps import BLOB, Sweeps

STATE = SweepState("/users/delta?$deltatoken=a", "mobile=extensionAttribute15", ("one", "two"))


def test_what_is_kept_is_read_again_by_every_instance(connect: Connect) -> None:
    assert Sweeps(connect).read() is None
    assert Sweeps(connect).replace(STATE, None)
    found = Sweeps(connect).read()
    assert found is not None
    assert replace(found, version=None) == STATE


def test_whoever_is_slower_changes_nothing(connect: Connect) -> None:
    sweeps = Sweeps(connect)
    assert sweeps.replace(STATE, None)
    assert not sweeps.replace(SweepState("other", ""), None)
    old = sweeps.read()
    assert sweeps.replace(SweepState("next", ""), old)
    assert not sweeps.replace(SweepState("other", ""), old)
    found = sweeps.read()
    assert found is not None
    assert found.link == "next"


def test_every_version_is_another_one(connect: Connect) -> None:
    sweeps, versions = Sweeps(connect), set()
    for _ in range(3):
        old = sweeps.read()
        sweeps.replace(STATE, old)
        found = sweeps.read()
        assert found is not None
        versions.add(found.version)
    assert len(versions) == 3


@pytest.mark.parametrize("content", [b"", b"[]", b'{"link": "a"}', b"\xff", b'{"link": "a", "tracked": "", "jobs": 1}'])
def test_a_blob_that_holds_something_else_is_one_without_a_link(connect: Connect, content: bytes) -> None:
    sweeps = Sweeps(connect)
    sweeps.replace(STATE, None)
    connect().upload_blob(BLOB, content, overwrite=True)
    found = sweeps.read()
    assert found is not None
    assert (found.link, found.jobs) == ("", ())
    assert sweeps.replace(STATE, found)


def test_where_storage_does_not_answer_nothing_is_known(connect: Connect, storage: SandboxStorage) -> None:
    connect().create_container()
    storage.fail(99)
    for sweeps in (Sweeps(connect), Sweeps(None)):
        with pytest.raises(StorageUnavailable):
            sweeps.read()
        with pytest.raises(StorageUnavailable):
            sweeps.replace(STATE, None)
