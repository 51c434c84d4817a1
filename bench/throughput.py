"""Users a second: ours against the runbook's calls, the same in a thread pool, and Microsoft's SDK."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.figures import Curve, Figure, Floor, Say, Scale, Section, at_least, median_figure
from bench.peers.start import PeerFailedError, run_peer
from bench.people import BLOCK, people
from bench.sdk_environment import NoSdkError, sdk_python
from bench.tenant import NETWORK_MS, SERVICE_MS, TenantProcess
from bench.webhook import Webhook

OURS = "this webhook"
_SMALL_LIST = 10


@dataclass(frozen=True)
class Peer:
    """`is_slow`: one user after the other, so it gets the shorter list. `times`: how much faster ours has to be;
    a peer without that is run once."""

    name: str
    module: str
    options: tuple[str, ...]
    is_slow: bool
    times: Floor | None
    needs_sdk: bool = False


PEERS = (
    Peer("runbook's calls, one by one", "runbook", (), True, at_least(120)),
    Peer("runbook's calls, 16 threads", "runbook", ("--threads", "16"), False, at_least(10)),
    Peer("msgraph-sdk, one by one", "sdk", (), True, None, needs_sdk=True),
    Peer("msgraph-sdk, 16 in flight", "sdk", ("--in-flight", "16"), False, at_least(15), needs_sdk=True),
)


def measure(scale: Scale, say: Say) -> Section:
    with TenantProcess(people(scale.users)) as tenant:
        sdk, missing = _sdk(tenant, say)
        peers = [peer for peer in PEERS if sdk or not peer.needs_sdk]
        ours: list[float] = []
        theirs: dict[str, list[float]] = {peer.name: [] for peer in peers}
        for run in range(scale.repeats):
            say(f"users a second, run {run + 1}")
            ours.append(_our_rate(tenant, scale.users))
            for peer in peers:
                if run > 0 and peer.times is None:
                    continue
                theirs[peer.name].append(_peer_rate(tenant, peer, scale.users, _list_size(scale, peer), sdk))
        curves = [Curve(OURS, _our_points(tenant, scale, median(ours), say), ours=True)]
        for peer in peers:
            say(f"{_SMALL_LIST} users, {peer.name}")
            small = _peer_rate(tenant, peer, scale.users, _SMALL_LIST, sdk)
            points = {_SMALL_LIST: small, _list_size(scale, peer): median(theirs[peer.name])}
            curves.append(Curve(peer.name, points))
    return Section(
        "Users a second",
        f"{NETWORK_MS} ms network and {SERVICE_MS} ms service time, no throttling, one tenant for all. Ours: "
        f"{scale.users:,} users over HTTP through the local host, each run in a fresh process that has seen a dry run "
        "for one user, so the slow start is inside. The others: their loop alone, after a few other users, on "
        f"{scale.slow_peer} users one by one and {scale.fast_peer} users in parallel.",
        _figures(scale, ours, theirs, missing),
        curves,
    )


def _figures(scale: Scale, ours: Sequence[float], theirs: dict[str, list[float]], missing: str) -> list[Figure]:
    figures = [median_figure(f"{OURS}, {scale.users:,} users", ours, "users/s")]
    for peer in PEERS:
        if peer.name not in theirs:
            figures.append(Figure(f"times {peer.name}", None, "x", peer.times, missing))
            continue
        rates = theirs[peer.name]
        figures.append(median_figure(f"{peer.name}, {_list_size(scale, peer):,} users", rates, "users/s"))
        figures.append(Figure(f"times {peer.name}", median(ours) / median(rates), "x", peer.times))
    return figures


def _our_rate(tenant: TenantProcess, users: int) -> float:
    tenant.restore()
    with Webhook(tenant) as webhook:
        return webhook.post(people(users)).per_second


def _peer_rate(tenant: TenantProcess, peer: Peer, tenant_users: int, users: int, sdk: Path | None) -> float:
    tenant.restore()
    warm_up = people(tenant_users)[-BLOCK:]
    if peer.is_slow:
        warm_up = list({person.kind: person for person in warm_up}.values())
    lists = [[person.upn for person in who] for who in (warm_up, people(users))]
    python = sdk if peer.needs_sdk else None
    result = run_peer(peer.module, peer.options, lists, tenant.environment, python)
    if sum(result["done"].values()) != users:
        raise PeerFailedError(f"{peer.name} lost users: {result['done']}")
    return users / float(result["seconds"])


def _our_points(tenant: TenantProcess, scale: Scale, at_users: float, say: Say) -> dict[int, float]:
    """One run for each size; the size of the floors has its median already."""
    points: dict[int, float] = {}
    for size in scale.curve:
        say(f"{size:,} users, {OURS}")
        if size > scale.users:
            tenant.load(people(size))
        points[size] = at_users if size == scale.users else _our_rate(tenant, size)
    tenant.load(people(scale.users))
    return points


def _list_size(scale: Scale, peer: Peer) -> int:
    return scale.slow_peer if peer.is_slow else scale.fast_peer


def _sdk(tenant: TenantProcess, say: Say) -> tuple[Path | None, str]:
    """The SDK's Python if it runs here, else why not."""
    try:
        python = sdk_python(say)
        run_peer("sdk", (), ((), [people(1)[0].upn]), tenant.environment, python)
    except (NoSdkError, PeerFailedError) as error:
        say(f"without Microsoft's SDK: {error}")
        return None, str(error)
    return python, ""
