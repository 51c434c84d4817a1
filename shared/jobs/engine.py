"""What is needed of the engine that runs jobs: Durable Functions in Azure, a stand-in elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Run(StrEnum):
    """How an orchestration is getting on, whatever came of it."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TERMINATED = "terminated"


FINISHED = (Run.COMPLETED, Run.FAILED, Run.TERMINATED)


@dataclass(frozen=True, slots=True)
class EngineState:
    """`custom` and `output` are what the orchestrator set and returned."""

    run: Run
    updated_at: datetime | None
    custom: dict[str, Any] | None
    output: dict[str, Any] | None


class Engine(Protocol):
    def start(self, job_id: str, job: dict[str, Any], orchestrator: str = "run_job") -> None:
        """Raises JobsUnavailable. Starting one that was started is allowed to fail or to do nothing."""
        ...

    def terminate(self, job_id: str) -> None:
        """Raises JobsUnavailable."""
        ...

    def state(self, job_id: str) -> EngineState | None:
        """None for an id that was never started. Raises JobsUnavailable."""
        ...
