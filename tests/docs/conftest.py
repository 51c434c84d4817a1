"""The evaluated deployment, for pages that name what the templates make."""

from tests.infra.conftest import _once, build, full, template

__all__ = ["_once", "build", "full", "template"]
