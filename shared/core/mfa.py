"""Whether Graph wants multi-factor authentication that a service account's password sign-in cannot have. Pure.

Since January 2026 whoever manages authentication methods may need MFA of the last ten minutes (Graph docs, "Microsoft
Entra authentication methods API overview"). Graph says so with a claims challenge, or with nothing but a 403: then all
writes fail in the same way, however well the reads work.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from shared.core.codes import ChangeStatus, Code
from shared.core.models import ChangeResult, Target, UserResult
from shared.core.results import summary

WAY_OUT = (
    "Microsoft Entra asks for recent multi-factor authentication, which a password sign-in cannot give. Set "
    "GRAPH_AUTH=managed_identity: app-only access does not need it."
)
# Of fewer users each may be an administrator, whom the role does not reach.
LEAST_USERS = 3
_MADE_OR_TRIED = (ChangeStatus.APPLIED, ChangeStatus.FAILED, ChangeStatus.UNKNOWN)


def with_mfa_required(results: Sequence[UserResult], again: Collection[Target]) -> list[UserResult]:
    """`results` of users who were to be written: if every write was forbidden, that is the likely reason. `again`:
    users who are among them only because an earlier sweep failed for them, most likely because Graph refused them: that
    it does so again says nothing."""
    tried = [change for result in results for change in result.changes if _is_tried(change)]
    users = sum(result.target not in again and any(map(_is_tried, result.changes)) for result in results)
    if users < LEAST_USERS or any(change.code is not Code.FORBIDDEN for change in tried):
        return list(results)
    return [_explained(result) for result in results]


def _is_tried(result: ChangeResult) -> bool:
    return result.change.is_write and result.status in _MADE_OR_TRIED


def _explained(result: UserResult) -> UserResult:
    changes = [
        replace(
            change,
            code=Code.MFA_REQUIRED,
            message=f"Every write of this request was refused, although reads work. {WAY_OUT} {change.message}",
        )
        if _is_tried(change)
        else change
        for change in result.changes
    ]
    return summary(result.target, result.user_id, changes, result.ignored)
