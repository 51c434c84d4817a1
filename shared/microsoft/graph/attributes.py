"""The attributes that say what a method should hold: how Graph is asked for them, and what its answers hold. Pure."""

from collections.abc import Iterable, Mapping

from shared.core.codes import Code
from shared.core.models import Method, Stop
from shared.microsoft.graph.calls import Answer
from shared.microsoft.graph.failures import said

# In place of a value: the answer does not hold the attribute, not even as null.
ABSENT = object()
_UNFIT = object()
_SELECTED = ("id", "userPrincipalName", "usageLocation", "onPremisesSyncEnabled")
_HOLDER = "onPremisesExtensionAttributes"
# Lists of texts. Graph does not compare them with null; of some it counts the entries ("user resource type").
_LISTS = frozenset({"businessphones", "imaddresses", "othermails", "proxyaddresses"})


def is_numbered(name: str) -> bool:
    """One of extensionAttribute1 to 15, which every directory has."""
    return name.startswith("extensionAttribute")


def select_of(attributes: Iterable[str]) -> str:
    """Extension attributes are returned only with $select (Graph docs, "Get a user")."""
    names = (_HOLDER if is_numbered(name) else name for name in attributes)
    return f"$select={','.join(dict.fromkeys((*_SELECTED, *names)))}"


def filter_of(name: str) -> str:
    """Who has a value in it; an advanced query. Graph docs: "List users" for extensions, for the rest "Advanced query
    capabilities on Microsoft Entra ID objects"."""
    if name.lower() in _LISTS:
        return f"{name}/$count ne 0"
    return f"{_HOLDER}/{name} ne null" if is_numbered(name) else f"{name} ne null"


def held(body: Mapping[str, object], name: str) -> object:
    """What a user's answer holds in the attribute, or ABSENT."""
    if not is_numbered(name):
        return _found(body, name)
    holder = body.get(_HOLDER, ABSENT)
    if isinstance(holder, dict):
        return _found(holder, name)
    return holder if holder is None or holder is ABSENT else _UNFIT


def _found(values: Mapping[str, object], name: str) -> object:
    """Graph may spell the name in another way than it was asked: an extension as in its definition
    (microsoft-graph-docs, issue 16908), a property as on its page (microsoft-graph-explorer-v4, issue 2111)."""
    if name in values:
        return values[name]
    return next((value for key, value in values.items() if key.lower() == name.lower()), ABSENT)


def text_of(value: object, name: str, method: Method) -> str | Stop | None:
    """The text in it. A value of another type must not pass for an empty one: that may remove."""
    if isinstance(value, list) and len(value) <= 1:
        # businessPhones and otherMails are lists.
        value = value[0] if value else None
    if value is None or isinstance(value, str):
        return value
    code = Code.INVALID_ADDRESS if method is Method.EMAIL else Code.INVALID_NUMBER
    return Stop(code, f"{name}, the attribute for {method}, is not a single string for this user.")


def unknown_properties(answer: Answer, names: Iterable[str]) -> list[str]:
    """Which of them Graph refuses to select, because no user has them ("Could not find a property named …")."""
    told = said(answer) if answer.status == 400 else ""
    return [name for name in names if f"property named '{name}'" in told]
