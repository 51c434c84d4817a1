"""records/app_key.py: one key for all instances, from the vault or from storage, and never a second one by mistake."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import SandboxStorage
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, StorageUnavailable, VaultUnavailable
from shared.records.app_key import BLOB, AppKey

Connect = Callable[[], ContainerClient]


def no_secret(_deadline: Deadline) -> None:
    return None


def digest(key: AppKey, *parts: str) -> bytes:
    return key.digest(Deadline(10), *(parts or ("job", "a")))


def test_all_instances_have_the_key_that_the_first_one_made(connect: Connect) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: digest(AppKey(no_secret, connect)), range(16)))
    assert len(found) == 1
    assert len(connect().download_blob(BLOB).readall()) == 32


def test_another_container_has_another_key(connect: Connect, storage: SandboxStorage) -> None:
    with ContainerClient.from_connection_string(storage.connection_string, "others") as others:
        assert digest(AppKey(no_secret, connect)) != digest(AppKey(no_secret, lambda: others))


def test_the_secret_of_the_vault_takes_its_place(connect: Connect) -> None:
    def key(secret: str | None) -> AppKey:
        return AppKey(lambda _: secret, connect)

    assert digest(key("not-real")) == digest(key("not-real"))
    assert len({digest(key(secret)) for secret in ("not-real", "also-not-real", None)}) == 3


@pytest.mark.parametrize("trouble", [VaultUnavailable("no answer"), ConfigurationError("disabled")])
def test_a_vault_that_does_not_tell_gives_no_other_key(connect: Connect, trouble: ServiceError) -> None:
    def secret(_deadline: Deadline) -> None:
        raise trouble

    with pytest.raises(VaultUnavailable):
        digest(AppKey(secret, connect))
    assert not connect().exists()


def test_storage_that_does_not_answer_gives_no_key_until_it_does(connect: Connect, storage: SandboxStorage) -> None:
    key = AppKey(no_secret, connect)
    storage.fail(3)
    with pytest.raises(StorageUnavailable):
        digest(key)
    storage.fail(0)
    found = digest(key)
    storage.fail(100)
    assert digest(key) == found


def test_a_blob_that_holds_something_else_is_no_key(connect: Connect) -> None:
    container = connect()
    container.create_container()
    container.upload_blob(BLOB, b"short")
    with pytest.raises(StorageUnavailable):
        digest(AppKey(no_secret, connect))


def test_without_storage_the_process_has_a_key_of_its_own() -> None:
    one, other = AppKey(no_secret, None), AppKey(no_secret, None)
    assert digest(one) == digest(one) != digest(other)


def test_parts_do_not_run_into_each_other(connect: Connect) -> None:
    key = AppKey(no_secret, connect)
    assert len({digest(key, *parts) for parts in [("job", "ab", "c"), ("job", "a", "bc"), ("tag", "ab", "c")]}) == 3
