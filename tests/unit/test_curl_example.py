"""examples/reconcile.sh: the secrets arrive as they are, whatever characters they have."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.wire import Line, serving

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "reconcile.sh"
SH, CURL = (shutil.which(name) for name in ("sh", "curl"))
NEEDS_SH = pytest.mark.skipif(not (SH and CURL), reason="needs a POSIX shell and curl")


@NEEDS_SH
@pytest.mark.parametrize("secret", ["plain-not-real", 'a"b', "a\\b\\", '\\"', "\\n\\t", "$(id)`id`%s&|", "# = 'x'"])
def test_secrets_arrive_as_they_are(secret: str, tmp_path: Path) -> None:
    heads: list[str] = []

    def webhook(line: Line) -> None:
        heads.append(line.request_with_body()[0].decode())
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    users = tmp_path / "users.json"
    users.write_text('["anna.andersson@contoso.com"]', encoding="utf-8")
    with serving(webhook) as address:
        done = subprocess.run(
            [str(SH), str(SCRIPT), f"http://{address}/api", str(users)],
            env={**os.environ, "HOME": str(tmp_path), "FUNCTION_KEY": f"key{secret}", "HANDSHAKE": f"feed.{secret}"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
    assert (done.returncode, done.stdout) == (0, "{}"), done.stderr
    assert re.findall(r"(?i)\r\nx-functions-key: ([^\r]*)", heads[0]) == [f"key{secret}"]
    assert re.findall(r"(?i)\r\nMessage: ([^\r]*)", heads[0]) == [f"feed.{secret}"]


@NEEDS_SH
@pytest.mark.parametrize("missing", ["FUNCTION_KEY", "HANDSHAKE"])
def test_without_a_secret_nothing_is_sent(missing: str, tmp_path: Path) -> None:
    given = {"FUNCTION_KEY": "key-not-real", "HANDSHAKE": "feed.not-real"} | {missing: ""}
    done = subprocess.run(
        [str(SH), str(SCRIPT), "http://127.0.0.1:9/api", "users.json"],
        env={**os.environ, "HOME": str(tmp_path), **given},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode != 0
    assert f"{missing}: is not set" in done.stderr
