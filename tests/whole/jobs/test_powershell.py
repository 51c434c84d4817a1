"""A list that becomes a job looks to the PowerShell functions like any other."""

from pathlib import Path

from tests.scenarios.files import HANDSHAKE
from tests.whole.jobs.conftest import Jobs
from tests.whole.powershell import NEEDS_PWSH, run


@NEEDS_PWSH
def test_the_results_of_a_job_are_waited_for_and_read_page_by_page(jobs: Jobs, tmp_path: Path) -> None:
    host = jobs.host()
    script = '$all = 1..620 | ForEach-Object { "nobody$_@contoso.com" } | Sync-MfaPhone -WhatIf:$false; '
    said = run(host, f"{script} $all.Count; ($all.code | Select-Object -Unique)", tmp_path, handshake=HANDSHAKE)
    assert said.splitlines() == ["620", "userNotFound"]
