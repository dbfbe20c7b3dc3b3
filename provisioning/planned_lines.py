"""Requests for approval, planned pushes and replays as lines that commands print."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from p13nadmin.commands import printable
from provisioning.models import ApprovalRequest, ScheduledPush
from provisioning.replay import Replay

APPROVER = "a person approves, signed in to the console, who has neither asked for it nor written it"


def approval_line(request: ApprovalRequest) -> str:
    """`1/8 version 5: open, asked for by staff anna`, then who decided and why."""
    decided = f", decided by {request.decided_by}" if request.decided_by else ""
    why = f": {request.reason}" if request.reason else ""
    place = f"{request.instance.label} version {request.version.number}"
    return printable(f"{place}: {request.state}, asked for by {request.created_by}{decided}{why}")


def schedule_line(schedule: ScheduledPush) -> str:
    """`1/8 version 5 at 2027-03-01T00:00:00Z: waiting, planned by staff anna`, then why it is held."""
    why = f": {schedule.reason}" if schedule.reason else ""
    place = f"{schedule.instance.label} version {schedule.version.number} at {_shown(schedule.at)}"
    return printable(f"{place}: {schedule.state}, planned by {schedule.created_by}{why}")


def replay_lines(replayed: Replay) -> Iterator[str]:
    """How many events were compared and differ, then each offer that differs and each attribute that starts empty."""
    since = f" since {_shown(replayed.since)}" if replayed.since is not None else ""
    yield f"compared {replayed.compared} of {replayed.found} events{since}, differing {replayed.differing}"
    if replayed.looked_back_to is not None:
        yield f"events before {_shown(replayed.looked_back_to)} were not looked for: time was up"
    for each in replayed.offers:
        yield f"offer {each.offer}: gained {each.gained}, lost {each.lost}, changed {each.changed}"
    for empty in replayed.empty or ():
        least = "" if empty.complete else "at least "
        yield f"attribute {empty.attribute}: starts empty, profiles {least}{empty.profiles}"
    if replayed.empty is None:
        yield "attributes that start empty: the event store cannot say for how many profiles"


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
