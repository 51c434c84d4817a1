"""What tests may ask: how often things ran, and how large the largest entry of a history was."""

import sys
from dataclasses import asdict, dataclass

# Larger values make a history slow and, above 45 KB, move to blobs (durabletask, MessageManager); a custom status must
# not be larger at all (Microsoft Learn, "Custom orchestration status in Durable Functions").
ENTRY_LIMIT = 16 * 1024


@dataclass
class Counters:
    """Since this process started. `runs` counts executions of activities, `largest_entry` is in bytes of UTF-8."""

    episodes: int = 0
    runs: int = 0
    largest_entry: int = 0
    entries_over_limit: int = 0

    def measure(self, what: str, text: str | None) -> None:
        """Note the size of an input, output, error, event or custom status; one over the limit is said in the log."""
        size = len(text.encode()) if text else 0
        self.largest_entry = max(self.largest_entry, size)
        if size > ENTRY_LIMIT:
            self.entries_over_limit += 1
            print(f"durable: the {what} has {size} bytes, more than {ENTRY_LIMIT}", file=sys.stderr, flush=True)

    def report(self) -> dict[str, int]:
        return asdict(self)
