"""The report as one HTML page: what a browser is told, and that it needs nothing else."""

import base64
import hashlib
import json
import re

from tests.whole.report.conftest import Reports
from tests.whole.report.tenant import PEOPLE, upn


def test_a_page_that_needs_nothing_else(reports: Reports) -> None:
    answer = reports.get(reports.of_everybody(), "/result", accept="text/html,application/xhtml+xml")
    page = answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"

    # Only these two, by their hashes; in the header and in the page itself, for who saves it.
    hashes = [
        base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()
        for tag in ("script", "style")
        for found in re.findall(rf"<{tag}>(.+?)</{tag}>", page, re.DOTALL)
    ]
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert len(hashes) == 2
    assert answer.headers["content-security-policy"] == f"{policy}; frame-ancestors 'none'"
    assert f'content="{policy}"'.replace("'", "&#x27;") in page

    assert not re.search(r"""\s(on\w+|style)=|https?://|url\(|@import|<iframe|<object""", page)
    assert re.findall(r"""(?:src|href)=["']([^"']*)""", page) == ["data:,"]
    assert "<img" not in page
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert {row[0] for row in data["rows"]} == {upn(name) for name, _, _ in PEOPLE}
    assert "701740685" not in page
