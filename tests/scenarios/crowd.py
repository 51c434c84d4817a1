"""Users by the dozen, for scenarios about many of them."""

from sandbox.tenant import SandboxTenant

NUMBER = "+46 701740650"


def number(index: int) -> str:
    return f"+46 70174{1000 + index}"


def add(box: SandboxTenant, count: int, prefix: str = "user", /, **words: object) -> list[str]:
    """Users, each with a number of its own in the directory; `words` may say otherwise."""
    names = [f"{prefix}{index}@contoso.com" for index in range(count)]
    for index, name in enumerate(names):
        box.tenant.add_user(name, **{"extensionAttribute15": number(index), **words})
    return names


def registered(box: SandboxTenant, count: int, shift: int = 0, state: str = "notEnabled") -> list[str]:
    """Users with a number in the directory and, `shift` rows further, as their method."""
    names = add(box, count)
    for index, name in enumerate(names):
        phone = {"phoneNumber": number(index + shift), "smsSignInState": state}
        box.tenant.change_user(name, phones={"mobile": phone}, smsSignInAllowed=state == "ready")
    return names


def leavers(box: SandboxTenant, count: int) -> list[str]:
    """Users with a number and none in the directory."""
    return add(box, count, "leaver", extensionAttribute15=None, phones={"mobile": NUMBER})


def writes(box: SandboxTenant) -> list[tuple[str, str]]:
    """Method and user of every write."""
    return [(write[0], write[1]) for write in box.tenant.writes()]
