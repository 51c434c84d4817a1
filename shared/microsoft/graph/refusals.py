"""What it says that Graph answers a call with 429 again and again: there is a limit, or it is the call itself. Pure."""

from dataclasses import dataclass

from shared.microsoft.graph.pace import LEAST_PAUSE_S

# A call that was refused so often waits for longer than it is asked to, up to this time.
STUBBORN = 3
STUBBORN_CAP_S = 5.0
# If no more calls than these are refused in the process, to hold everybody back spares Graph nothing: at that pause
# they are sent more seldom than at the least rate. If it is a limit all the same, the next call that meets it tells.
FEW_REFUSED = 2


@dataclass(slots=True, eq=False)
class Refusals:
    """The 429s of one call; `beside_others`: without those before which no other call has passed since the last one."""

    times: int = 0
    beside_others: int = 0
    passed: int = -1

    def add(self, passed: int) -> None:
        """`passed`: how many calls of all senders have passed by now."""
        self.times += 1
        self.beside_others += passed > self.passed
        self.passed = passed

    @property
    def is_stubborn(self) -> bool:
        return self.times >= STUBBORN

    def tells_a_limit(self, refused: int) -> bool:
        """Whether one more does. `refused`: how many calls of all senders were refused and have no other answer yet."""
        is_its_own = self.beside_others >= STUBBORN or refused <= FEW_REFUSED
        return not (self.is_stubborn and is_its_own)

    def pause_s(self) -> float:
        """The least time until the call goes again."""
        # Where a call is refused for minutes, 2**times would grow beyond what a float holds.
        return min(STUBBORN_CAP_S, LEAST_PAUSE_S * 2.0 ** min(10, max(0, self.times - STUBBORN)))
