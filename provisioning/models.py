"""Configuration versions, the working draft of an instance, and the pushes that moved what is live."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from routing.models import Instance


class ImmutableRow(TypeError):
    """A row that is never edited was about to be."""


class ConfigurationVersion(models.Model):
    """One uploaded configuration. Immutable; the text holds tokens as digests only.

    `writers` are those who had written the draft that it was frozen from.
    """

    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    description = models.CharField(max_length=1024, blank=True, default="")
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=256)
    writers: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering = ("instance_id", "-number")
        constraints = (
            models.UniqueConstraint(fields=("instance", "number"), name="version_number_per_instance"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_number_from_1"),
        )

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ImmutableRow("a configuration version is never edited: upload a new one")
        super().save(*args, **kwargs)


class Push(models.Model):
    """One move of the live pointer. The push without `superseded_at` is what is live.

    `returns_to` is the push that a rollback goes back to: the one that was live before, or, after a
    rollback, what was live before the version rolled back to. `approved_by` is the second person where one is
    asked for, and `broke_glass` the reason given for doing without.
    """

    class Kind(models.TextChoices):
        PUSH = "push", "Push"
        ROLLBACK = "rollback", "Rollback"
        PAUSE = "pause", "Pause"
        RESUME = "resume", "Resume"

    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="pushes")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PUSH)
    version = models.ForeignKey(ConfigurationVersion, on_delete=models.PROTECT, related_name="pushes")
    replaced = models.ForeignKey(
        ConfigurationVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by_pushes"
    )
    returns_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=256)
    approved_by = models.CharField(max_length=256, blank=True, default="")
    broke_glass = models.TextField(blank=True, default="")
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("instance_id", "-number")
        verbose_name_plural = "pushes"
        constraints = (
            models.UniqueConstraint(fields=("instance", "number"), name="push_number_per_instance"),
            models.UniqueConstraint(
                fields=("instance",), condition=Q(superseded_at__isnull=True), name="one_live_version_per_instance"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("push", "rollback", "pause", "resume")), name="push_kind_known"
            ),
        )

    def __str__(self) -> str:
        return f"push {self.number}"


class Draft(models.Model):
    """The working copy that the console edits; `revision` grows with each save that changes it.

    `writers` are those who changed it since it was last what is live.
    """

    instance = models.OneToOneField(Instance, on_delete=models.CASCADE, related_name="draft")
    text = models.TextField(blank=True, default="")
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=256)
    writers: models.JSONField[Any, Any] = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"draft of {self.instance_id}"

    @property
    def written_by(self) -> list[str]:
        """All of them; of a draft from before they were kept, who saved it last."""
        return sorted({*self.writers, self.updated_by} - {""})


class PushPolicy(models.Model):
    """Whether pushes of an instance need a second person. No row: they do not."""

    instance = models.OneToOneField(Instance, on_delete=models.CASCADE, related_name="push_policy")
    approval_required = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=256)

    class Meta:
        verbose_name_plural = "push policies"

    def __str__(self) -> str:
        return "a second person approves" if self.approval_required else "no approval"


class ApprovalRequest(models.Model):
    """Somebody asks that another person looks at a version before it goes live.

    `live` is the push that was live when it was asked for. With `from_draft` the version is the draft, frozen, which
    `edited_by` had saved; an edit of the draft voids it. `reason` is what was said when it was decided, or why it is
    void.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        VOID = "void", "Void"
        USED = "used", "Pushed"

    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="approval_requests")
    version = models.ForeignKey(ConfigurationVersion, on_delete=models.PROTECT, related_name="approval_requests")
    live = models.ForeignKey(Push, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    from_draft = models.BooleanField(default=False)
    edited_by = models.CharField(max_length=256, blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=256)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=256, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("instance_id", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("instance",),
                condition=Q(state__in=("open", "approved")),
                name="one_approval_under_way_per_instance",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "approved", "rejected", "void", "used")), name="approval_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "used")) | ~Q(decided_by__in=("", F("created_by"))),
                name="approved_by_another",
            ),
        )
        indexes = (
            models.Index(
                fields=("created_at",), condition=Q(state__in=("open", "approved")), name="approvals_under_way"
            ),
        )

    def __str__(self) -> str:
        return f"approval of version {self.version.number}"

    @property
    def is_under_way(self) -> bool:
        """Whether it can still lead to a push."""
        return self.state in (self.State.OPEN, self.State.APPROVED)


class ScheduledPush(models.Model):
    """A version that is to go live at a time, if what is live then is what was live when it was planned.

    `planned_on` is that push (None: nothing was live), `push` the one that it became. `reason` says why it is held.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        HELD = "held", "Held"
        CANCELLED = "cancelled", "Cancelled"

    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="scheduled_pushes")
    version = models.ForeignKey(ConfigurationVersion, on_delete=models.PROTECT, related_name="scheduled_pushes")
    planned_on = models.ForeignKey(Push, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=256)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=256, blank=True, default="")
    push = models.OneToOneField(Push, null=True, blank=True, on_delete=models.PROTECT, related_name="schedule")

    class Meta:
        ordering = ("instance_id", "-pk")
        verbose_name_plural = "scheduled pushes"
        constraints = (
            models.UniqueConstraint(
                fields=("instance",), condition=Q(state="waiting"), name="one_waiting_schedule_per_instance"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "done", "held", "cancelled")), name="schedule_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="done", push__isnull=False) | (~Q(state="done") & Q(push__isnull=True)),
                name="schedule_done_by_a_push",
            ),
        )
        indexes = (
            models.Index(fields=("at",), condition=Q(state="waiting"), name="schedules_that_wait"),
            models.Index(fields=("ended_at",), condition=Q(state="held"), name="schedules_held"),
        )

    def __str__(self) -> str:
        return f"version {self.version.number} at {self.at:%Y-%m-%d %H:%M %Z}"


class EndpointProcess(models.Model):
    """A running process of the endpoint, as it last reported itself.

    `versions` holds the number of the version that it answers by for each instance, by the instance's label.
    """

    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=256)
    pid = models.PositiveIntegerField()
    revision = models.PositiveBigIntegerField()
    versions: models.JSONField[Any, Any] = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}"
