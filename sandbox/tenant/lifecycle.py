"""Lifecycle Workflows: a task that calls a custom task extension and waits to be resumed.

Pages "Trigger Logic Apps with custom Lifecycle Workflow tasks" (the envelope) and "taskProcessingResult: resume".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from .exchange import Refused
from .tokens import Principal

MANAGE = frozenset({"LifecycleWorkflows.ReadWrite.All"})
STATUSES = ("Completed", "Failed")


@dataclass
class WaitingTask:
    """One run of a task for one user. `authorized`: client ids of the apps of its extension's authorizedApps."""

    user_id: str
    authorized: frozenset[str]
    status: str = "inProgress"
    workflow_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    task_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    result_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def callback(self) -> str:
        workflow = f"/identityGovernance/lifecycleWorkflows/workflows/{self.workflow_id}"
        return f"{workflow}/tasks/{self.task_id}/taskProcessingResults/{self.result_id}/resume"

    def envelope(self, user_principal_name: str = "") -> dict[str, Any]:
        """What the extension's Logic App is sent."""
        subject = {"id": self.user_id, "displayName": "New hire", "userPrincipalName": user_principal_name}
        return {
            "source": "https://graph.microsoft.com",
            "type": "lifecycleEvent",
            "data": {
                "subject": {**subject, "email": None, "manager": None},
                "workflow": {"id": self.workflow_id, "displayName": "Onboard new hire", "workflowVersion": 1},
                "task": {"id": self.task_id, "displayName": "Set the phone method"},
                "taskProcessingResult": {"id": self.result_id, "createdDateTime": "2026-11-22T00:00:00Z"},
                "callbackUriPath": self.callback,
            },
        }


def resume(task: WaitingTask | None, segments: list[str], body: Any, principal: Principal) -> None:
    """204, or refused. `segments`: of the path behind the version."""
    if not principal.is_app or not (
        (task is not None and principal.app_id in task.authorized) or not principal.permissions.isdisjoint(MANAGE)
    ):
        raise Refused(403, "accessDenied", "The caller may not resume this task.")
    if task is None or f"/{'/'.join(segments)}".lower() != task.callback.lower():
        raise Refused(404, "itemNotFound", "There is no such task processing result.")
    status = body.get("data", {}).get("operationStatus") if isinstance(body, dict) else None
    if status not in STATUSES:
        raise Refused(400, "badRequest", "operationStatus must be Completed or Failed.")
    if task.status != "inProgress":
        # Guess: the status and the text for one that does not wait any more.
        raise Refused(400, "badRequest", "The task processing result is not waiting.")
    task.status = status.lower()
