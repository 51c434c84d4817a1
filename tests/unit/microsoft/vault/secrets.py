"""Plain functions in the place of a client of Key Vault."""

from collections.abc import Callable
from types import SimpleNamespace

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError

from shared.deadline import Deadline
from shared.microsoft.vault import Vault

TTL_S = 300.0
VALUE = "current-not-real"


class Client:
    """What Vault needs of a SecretClient. `answer` is called for every question and may raise."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def get_secret(self, name: str) -> object:
        self.asked.append(name)
        return SimpleNamespace(value=self.answer(name), properties=SimpleNamespace(expires_on=None))


def down(_name: str) -> str:
    raise ServiceRequestError("unreachable")


def missing(_name: str) -> str:
    raise ResourceNotFoundError("no such secret")


def denied(_name: str) -> str:
    fault = HttpResponseError("forbidden")
    fault.status_code = 403
    raise fault


def get(vault: Vault, name: str = "a", reload_every_s: float | None = None) -> str:
    return vault.get(name, Deadline(20), reload_every_s).value
