"""The evaluated deployment, for pages that name what the templates make."""

from tests.infra.conftest import _once, full, template

__all__ = ["_once", "full", "template"]
