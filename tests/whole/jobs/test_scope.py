"""Everyone, and the members of a group, as the list of a job."""

import json
from collections import Counter

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.entra import callers
from tests.whole.calls import Answer, call
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.watching import Job
