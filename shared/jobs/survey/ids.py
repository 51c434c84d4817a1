"""The object ids of the users of a report: the registration report lags, and has users under the names they had then.

Of a job that has listed its users they are known. Those of users by name are read and stored, chunk by chunk.
"""

import json

from shared.core.models import Stop, Target
from shared.core.plan_id import MAY_PASS
from shared.deadline import Deadline
from shared.services import Job, Services


def known_ids(services: Services, job: Job, chunk: int) -> dict[Target, str] | None:
    """Without the users whom nobody could read. None: they have not been read yet. Raises StorageUnavailable."""
    if job.scope:
        return {target: user.id for target, user in services.store.listed_users(job.id, chunk).items()}
    content = services.parts.get(job.id, _name(chunk))
    if content is None:
        return None
    found = zip(services.store.users(job.id, chunk), json.loads(content), strict=True)
    return {target: user_id for target, user_id in found if user_id is not None}


def read_ids(services: Services, job: Job, chunk: int, deadline: Deadline) -> bool:
    """Stores them, and says whether Graph answered for anybody. One user who cannot be read does not hold up the
    others. Raises ServiceError."""
    users = services.survey.users(list(services.store.users(job.id, chunk)), deadline)
    if all(isinstance(user, Stop) and user.code in MAY_PASS for user in users):
        return False
    ids = [None if isinstance(user, Stop) else user.id for user in users]
    services.parts.put(job.id, _name(chunk), json.dumps(ids).encode())
    return True


def _name(chunk: int) -> str:
    return f"ids-{chunk:06}"
