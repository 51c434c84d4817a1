"""Takes settings by name and collects what is wrong with them."""

import re
from collections.abc import Callable, Mapping

from shared.settings.table import ATTRIBUTE_SETTINGS, SETTINGS

_SECRET_NAME = re.compile(r"[A-Za-z0-9-]{1,118}")  # Key Vault allows 127; "-previous" needs nine
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_REGION = re.compile(r"[A-Z]{2}")
_EXTENSION_ATTRIBUTE = re.compile(r"extensionAttribute([1-9]|1[0-5])")


class Reader:
    """Takes settings by name and collects every fault; after one, the default goes on in its place."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._defaults = {setting.name: setting.default for setting in SETTINGS}
        self.faults: list[str] = []

    def text(self, name: str) -> str:
        return self._environment.get(name, "").strip() or self._defaults[name] or ""

    def matching(self, name: str, pattern: re.Pattern[str], form: str, required: bool = False) -> str:
        text = self.text(name)
        if not text and required:
            self.faults.append(f"{name} is not set")
        elif text and not pattern.fullmatch(text):
            self.faults.append(f"{name} must be {form}")
        return text

    def secret_name(self, name: str) -> str:
        return self.matching(name, _SECRET_NAME, "a Key Vault secret name (letters, digits and hyphens)")

    def attribute(self, name: str) -> str:
        text = self.matching(name, _ATTRIBUTE, "the name of a user property")
        if text.lower().startswith("extensionattribute") and not _EXTENSION_ATTRIBUTE.fullmatch(text):
            self.faults.append(f"{name} must be extensionAttribute1 to extensionAttribute15, spelled exactly like that")
        return text

    def countries(self, name: str, is_region: Callable[[str], bool]) -> frozenset[str]:
        """Empty, which allows all, only for a setting without text: separators alone are a fault."""
        text = self.text(name)
        found = frozenset(part.strip() for part in text.split(",") if part.strip())
        if (text and not found) or not all(_REGION.fullmatch(part) and is_region(part) for part in found):
            self.faults.append(f"{name} must be ISO codes of countries with telephone numbers, as in SE,NO")
        return found

    def attributes(self) -> dict[str, str]:
        """Names of attributes by method; methods without one are left out."""
        found = {method: self.attribute(setting) for method, setting in ATTRIBUTE_SETTINGS.items()}
        return {method: name for method, name in found.items() if name}

    def choice(self, name: str, *allowed: str) -> str:
        text = self.text(name)
        return text if text in allowed else self._fault(name, f"must be one of {', '.join(allowed)}")

    def number(self, name: str, low: int, high: int) -> int:
        text = self.text(name)
        if text.isascii() and text.isdigit() and low <= int(text[:9]) <= high and len(text) <= 9:
            return int(text)
        return int(self._fault(name, f"must be a whole number from {low} to {high}") or low)

    def number_if_any(self, name: str, low: int, high: int) -> int | None:
        """None where the setting is there and empty; where it is not there, its default."""
        is_empty = name in self._environment and not self._environment[name].strip()
        return None if is_empty or not self.text(name) else self.number(name, low, high)

    def _fault(self, name: str, what: str) -> str:
        self.faults.append(f"{name} {what}")
        return self._defaults[name] or ""
