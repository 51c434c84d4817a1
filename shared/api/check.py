"""GET /api/check: does the app have everything that its settings need? It takes the host's master key and nothing else.

Storage and jobs are read while vault, sign-in and directory are. Each has its own deadline, so one that hangs does not
take the time of the others.
"""

import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

from shared import VERSION
from shared.api.frame import WebRequest, WebResponse, answer, framed
from shared.core.check.judge import judge, judge_settings
from shared.core.check.lines import Line, Result, worst
from shared.core.check.permissions import lacks_something
from shared.core.check.secrets import Use, wanted_secrets
from shared.core.check.seen import Seen, SeenDirectory, SeenSecret, SeenToken, Trouble
from shared.deadline import Deadline
from shared.errors import ConfigurationError, JobsUnavailable
from shared.jobs.engine import Engine
from shared.log import get_logger
from shared.services import Services
from shared.services.check import Probes

# Together they end well before the 230 s after which the platform cuts an answer off.
VAULT_S, SIGN_IN_S, DIRECTORY_S, STORAGE_S = 20.0, 30.0, 30.0, 20.0
# No job has such an id: whether the engine answers is all that is wanted.
_NO_JOB = "check"

_log = get_logger(__name__)


def handle_check(request: WebRequest, services: Callable[[], Services], engine: Engine) -> WebResponse:
    """Never raises."""
    return framed(request, lambda *_: _answered(services, engine))


def _answered(services: Callable[[], Services], engine: Engine) -> WebResponse:
    try:
        probes = services().probes
    except ConfigurationError as fault:
        lines = judge_settings(fault.detail, platform.python_version())
    else:
        lines = judge(probes.settings, probes.place, _look(probes, engine), probes.now())
    status = worst(lines)
    _log.info("check: %s%s", status, "".join(f"; {line.name} {line.result}" for line in lines if _is_amiss(line)))
    body = {"status": status.value, "version": VERSION, "checks": [line.as_json() for line in lines]}
    return answer(200, body, "application/json")


def _is_amiss(line: Line) -> bool:
    return line.result in (Result.WARNING, Result.FAILURE)


@dataclass(frozen=True, slots=True)
class _Remote:
    secrets: dict[str, SeenSecret]
    token: SeenToken | Trouble
    directory: SeenDirectory | None


def _look(probes: Probes, engine: Engine) -> Seen:
    with ThreadPoolExecutor(2, thread_name_prefix="check") as pool:
        storage = pool.submit(copy_context().run, _storage, probes)
        jobs = pool.submit(copy_context().run, _jobs, engine)
        remote = _remote(probes)
    return Seen(
        python=platform.python_version(),
        secrets=remote.secrets,
        token=remote.token,
        directory=remote.directory,
        storage=storage.result(),
        jobs=jobs.result(),
        skew_s=probes.skew_s(),
    )


def _remote(probes: Probes) -> _Remote:
    """One after the other: the sign-in takes its secrets from what was just read."""
    wanted = wanted_secrets(probes.settings)
    doors = frozenset(one.name for one in wanted if one.use in (Use.DOOR, Use.SIGNING, Use.OFF))
    secrets = dict(probes.secrets([one.name for one in wanted], doors, Deadline(VAULT_S)))
    deadline = Deadline(SIGN_IN_S)
    token = probes.token(deadline)
    if isinstance(token, SeenToken) and lacks_something(probes.settings, token):
        token = probes.token(deadline, anew=True)
    directory = probes.directory(Deadline(DIRECTORY_S)) if isinstance(token, SeenToken) else None
    return _Remote(secrets, token, directory)


def _storage(probes: Probes) -> Trouble | None:
    return probes.storage(Deadline(STORAGE_S)) if probes.settings.storage.is_configured else None


def _jobs(engine: Engine) -> Trouble | None:
    try:
        engine.state(_NO_JOB)
    except JobsUnavailable as exc:
        return Trouble(exc.detail)
    return None
