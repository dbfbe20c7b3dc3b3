"""Pushes that are planned for later: planned, cancelled, and carried out when their time has come.

Each public function is one transaction, but for `run_due`, which is one for each push.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from p13nadmin.api.errors import Conflict, DomainError, Invalid, NotAllowed, PreconditionFailed
from provisioning.models import ConfigurationVersion, Push, ScheduledPush
from provisioning.moving import InvalidConfiguration, check_if_match, lock, redacted_text, valid_plan
from provisioning.planners import why_not_any_more
from provisioning.selectors import etag_of, find_version, newest_push
from provisioning.services import freeze_draft, push_version
from provisioning.validation import check_for
from routing.history import Kind, record
from routing.models import Instance

FARTHEST = timedelta(days=366)
_LATE = timedelta(minutes=1)  # from then on it is said

State = ScheduledPush.State


@transaction.atomic
def plan_push(
    *, instance: Instance, version: int, at: datetime, actor: str, note: str = "", if_match: str | None = None
) -> ScheduledPush:
    """Plan that a version goes live at a time; it is checked now and again then.

    Raises Invalid for a time that is past or more than a year away, InvalidConfiguration, Conflict when one is planned
    already or the version is live, PreconditionFailed, NotFound.
    """
    lock(instance)
    check_if_match(instance, if_match)
    found = find_version(instance, version)
    valid_plan(check_for(instance, found.text, stage="push"))
    return _planned(instance, found, at, actor, note)


@transaction.atomic
def plan_draft_push(
    *,
    instance: Instance,
    at: datetime,
    actor: str,
    note: str = "",
    revision: int | None = None,
    if_match: str | None = None,
) -> ScheduledPush:
    """Freeze the working draft as a version and plan that it goes live. Raises like `push_draft` and `plan_push`."""
    version, _ = freeze_draft(instance=instance, actor=actor, note=note, revision=revision, if_match=if_match)
    return _planned(instance, version, at, actor, note)


def _planned(instance: Instance, version: ConfigurationVersion, at: datetime, actor: str, note: str) -> ScheduledPush:
    _check_time(at)
    waiting = waiting_push(instance)
    if waiting is not None:
        raise Conflict(
            f"version {waiting.version.number} is planned already, for {_shown(waiting.at)}; cancel it first"
        )
    live = newest_push(instance)
    if live is not None and live.version_id == version.pk:
        raise Conflict(f"version {version.number} is live already")
    planned = ScheduledPush.objects.create(
        instance=instance, version=version, planned_on=live, at=at, note=redacted_text(note), created_by=actor
    )
    what = f"planned that version {version.number} goes live at {_shown(at)}"
    detail = {"from": live.version.number if live else None, "to": version.number}
    record(kind=Kind.PLAN, actor=actor, of=instance, what=what, why=planned.note, detail=detail)
    return planned


def _check_time(at: datetime) -> None:
    now = timezone.now()
    if at <= now or at > now + FARTHEST:
        words = "is past" if at <= now else "is more than a year away"
        raise Invalid(
            "it cannot be planned for then", errors=[{"path": "at", "message": f"{_shown(at)} {words}; choose another"}]
        )


@transaction.atomic
def cancel(*, schedule: ScheduledPush, actor: str) -> ScheduledPush:
    """Call off a push that is planned. Raises Conflict when it waits no longer."""
    # Without the instance's lock: who carries it out holds this row first and then waits for that lock.
    ended = ScheduledPush.objects.filter(pk=schedule.pk, state=State.WAITING).update(
        state=State.CANCELLED, ended_at=timezone.now(), ended_by=actor
    )
    current = ScheduledPush.objects.select_related("version", "instance", "push").get(pk=schedule.pk)
    if not ended:
        raise Conflict(f"it does not wait any more: {current.get_state_display().lower()}")
    record(
        kind=Kind.PLAN,
        actor=actor,
        of=current.instance,
        what=f"called the push of version {current.version.number} off that was planned for {_shown(current.at)}",
    )
    return current


def waiting_push(instance: Instance) -> ScheduledPush | None:
    """What is planned for the instance."""
    found = ScheduledPush.objects.filter(instance=instance, state=State.WAITING)
    return found.select_related("version").defer("version__text").first()


def find_waiting(instance: Instance) -> ScheduledPush:
    """What is planned for the instance. Raises Conflict when nothing is."""
    waiting = waiting_push(instance)
    if waiting is None:
        raise Conflict(f"no push of instance {instance.label} is planned")
    return waiting


def newest_schedule(instance: Instance) -> ScheduledPush | None:
    """What is planned, or was held and nothing was pushed since."""
    pushes = Push.objects.filter(instance=OuterRef("instance"), created_at__gt=OuterRef("ended_at"))
    rows = ScheduledPush.objects.filter(instance=instance).annotate(pushed_since=Exists(pushes)).order_by("-pk")
    newest = rows.select_related("version").defer("version__text").first()
    if newest is None or newest.state == State.WAITING:
        return newest
    return newest if newest.state == State.HELD and not newest.pushed_since else None


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a planned push; `late` is how long after its time."""

    schedule: ScheduledPush
    late: timedelta


def next_due() -> datetime | None:
    """When the next one is to be carried out."""
    return ScheduledPush.objects.filter(state=State.WAITING).order_by("at").values_list("at", flat=True).first()


def run_due() -> Iterator[Carried]:
    """Carry out what is due, one transaction each; what cannot go live is held with the reason.

    Several processes may do this at once: each push is carried out by one of them. Raises what the database raises;
    then the push still waits.
    """
    due = ScheduledPush.objects.filter(state=State.WAITING, at__lte=timezone.now()).order_by("at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        carried = _carry_out(pk)
        if carried is not None:
            yield carried


@transaction.atomic
def _carry_out(pk: int) -> Carried | None:
    """What became of it; None when another process has it, or nobody has to do it any more."""
    rows = ScheduledPush.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    schedule = rows.filter(pk=pk, state=State.WAITING).first()
    if schedule is None:
        return None
    now = timezone.now()
    late = now - schedule.at
    try:
        schedule.push = _pushed(schedule, late)
    except DomainError as error:
        schedule.state, schedule.reason = State.HELD, _why(error)
        what = f"held the planned push of version {schedule.version.number}"
        record(kind=Kind.PLAN, actor="the schedule", of=schedule.instance, what=what, why=schedule.reason)
    else:
        schedule.state = State.DONE
        schedule.reason = _lateness(late)
    schedule.ended_at = now
    schedule.save(update_fields=("state", "reason", "push", "ended_at"))
    return Carried(schedule, late)


def _pushed(schedule: ScheduledPush, late: timedelta) -> Push:
    """Raises DomainError, having changed nothing."""
    if why := why_not_any_more(schedule.created_by, schedule.instance.account_id):
        raise NotAllowed(why)
    said = [schedule.note, f"planned for {_shown(schedule.at)}", _lateness(late)]
    push, _ = push_version(
        instance=schedule.instance,
        version=schedule.version.number,
        actor=schedule.created_by,
        note="; ".join(part for part in said if part),
        if_match=etag_of(schedule.planned_on),
    )
    return push


def _lateness(late: timedelta) -> str:
    return f"carried out {int(late.total_seconds() // 60)} min late" if late >= _LATE else ""


def _why(error: DomainError) -> str:
    if isinstance(error, PreconditionFailed):
        return "another version went live after it was planned; look at what changes now, and plan it again"
    if isinstance(error, InvalidConfiguration):
        first = error.check.errors[0]
        return f"{error.message.partition(';')[0]} by now: {first.where}: {first.message}"
    return error.message


def _shown(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M %Z}"
