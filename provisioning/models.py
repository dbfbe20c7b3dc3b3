"""Configuration versions, the working draft of an instance, and the pushes that moved what is live."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from routing.models import Instance


class ImmutableRow(TypeError):
    """A row that is never edited was about to be."""


class ConfigurationVersion(models.Model):
    """One uploaded configuration. Immutable; the text holds tokens as digests only."""

    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    description = models.CharField(max_length=1024, blank=True, default="")
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=256)

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
    rollback, what was live before the version rolled back to.
    """

    class Kind(models.TextChoices):
        PUSH = "push", "Push"
        ROLLBACK = "rollback", "Rollback"

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
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("instance_id", "-number")
        verbose_name_plural = "pushes"
        constraints = (
            models.UniqueConstraint(fields=("instance", "number"), name="push_number_per_instance"),
            models.UniqueConstraint(
                fields=("instance",), condition=Q(superseded_at__isnull=True), name="one_live_version_per_instance"
            ),
            models.CheckConstraint(condition=Q(kind__in=("push", "rollback")), name="push_kind_known"),
        )

    def __str__(self) -> str:
        return f"push {self.number}"


class Draft(models.Model):
    """The working copy that the console edits; `revision` grows with each save."""

    instance = models.OneToOneField(Instance, on_delete=models.CASCADE, related_name="draft")
    text = models.TextField(blank=True, default="")
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=256)

    def __str__(self) -> str:
        return f"draft of {self.instance_id}"


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
