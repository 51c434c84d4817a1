"""Reads Markdown pages: headings, links, code spans, tables."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """Without its code blocks."""
        return _FENCE.sub("", self.text)

    @property
    def anchors(self) -> set[str]:
        """As GitHub makes them: small letters, no punctuation, hyphens for blanks, a number behind a repeated one."""
        found: list[str] = []
        for heading in re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE):
            slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
        return set(found)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def spans(self) -> list[str]:
        """What stands between single backticks."""
        return _SPAN.findall(self.prose)

    def rows(self) -> list[list[str]]:
        """The cells of all table rows, without headings."""
        lines = self.prose.splitlines()
        body = [
            line
            for line, below in zip(lines, [*lines[1:], ""], strict=True)
            if line.startswith("|") and not below.startswith(("|--", "|:-"))
        ]
        return [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in body
            if not line.startswith(("|--", "|:-"))
        ]


def page(name: str) -> Page:
    return Page(ROOT / name)


DOCS = [Page(path) for path in sorted((ROOT / "docs").rglob("*.md"))]
ELSEWHERE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "connector/README.md", "infra/README.md")
PAGES = [*map(page, ELSEWHERE), *DOCS]
