"""Accounts, their instances, and the destinations (database tables) that an instance monitors."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse


class Account(models.Model):
    """A customer. The number is the first part of every header: `1` in `1/8/…` and `TD1 1/…`."""

    number = models.PositiveBigIntegerField(primary_key=True)
    name = models.CharField(max_length=256)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.CheckConstraint(condition=Q(number__gte=1), name="account_number_from_1"),)

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Instance(models.Model):
    """One personalization engine of an account; `account/number` is its label everywhere."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="instances")
    number = models.PositiveBigIntegerField()
    name = models.CharField(max_length=256)
    region = models.CharField(max_length=64, default="local")
    notes = models.TextField(blank=True, default="")
    contact = models.CharField(max_length=256, blank=True, default="", help_text="Who to talk to at the customer.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("account_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("account", "number"), name="instance_number_per_account"),
            models.CheckConstraint(condition=Q(number__gte=1), name="instance_number_from_1"),
        )

    def __str__(self) -> str:
        return f"{self.label} {self.name}"

    @property
    def label(self) -> str:
        """`account/instance`, as in the token header."""
        return f"{self.account_id}/{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("admin:routing_instance_change", args=(self.pk,))


class Destination(models.Model):
    """A database table whose events the instance personalizes."""

    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="destinations")
    database = models.CharField(max_length=128)
    table = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=256)

    class Meta:
        ordering = ("database", "table")
        constraints = (
            models.UniqueConstraint(fields=("instance", "database", "table"), name="destination_once_per_instance"),
            models.CheckConstraint(
                condition=Q(database__regex=r"^[0-9a-z_]{3,128}$"), name="destination_database_name"
            ),
            models.CheckConstraint(condition=Q(table__regex=r"^[0-9a-z_]{3,128}$"), name="destination_table_name"),
        )

    def __str__(self) -> str:
        return f"{self.database}/{self.table}"


class LiveSummary(models.Model):
    """What the live configuration uses, written by each push for those who only need to know that.

    `tables` is a list of [database, table]; `token_names` and `token_digests` are the entries of `tokens`.
    """

    instance = models.OneToOneField(Instance, on_delete=models.CASCADE, related_name="live_summary")
    version = models.PositiveIntegerField()
    tables: models.JSONField[Any, Any] = models.JSONField(default=list)
    token_names: models.JSONField[Any, Any] = models.JSONField(default=list)
    token_digests: models.JSONField[Any, Any] = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"version {self.version}"


class ControlRevision(models.Model):
    """One row whose number grows with every change that the endpoint must see."""

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="control_revision_is_one_row"),)

    def __str__(self) -> str:
        return str(self.number)


class ControlChange(models.Model):
    """Of whom something changed with one revision: an instance or an account, by primary key. Old rows go.

    No foreign keys: the row of the instance may be locked by someone who waits for the revision.
    """

    revision = models.PositiveBigIntegerField(primary_key=True)
    instance = models.PositiveBigIntegerField(null=True)
    account = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(instance=None) ^ Q(account=None), name="control_change_of_one"),
        )

    def __str__(self) -> str:
        return f"revision {self.revision}"


class StaffRole(models.Model):
    """What a member of staff may do in one account, or (None) in every account, those to come among them."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "Viewer"
        EDITOR = "editor", "Editor"
        PUBLISHER = "publisher", "Publisher"
        ADMINISTRATOR = "administrator", "Administrator"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=13, choices=Role)
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="roles",
        help_text="Empty: every account.",
    )
    given_at = models.DateTimeField(auto_now=True)
    given_by = models.CharField(max_length=256)

    class Meta:
        verbose_name = "role"
        default_permissions = ("view", "change")
        constraints = (
            models.UniqueConstraint(fields=("user", "account"), name="one_role_per_person_and_account"),
            models.UniqueConstraint(
                fields=("user",), condition=Q(account__isnull=True), name="one_role_per_person_everywhere"
            ),
            models.CheckConstraint(
                condition=Q(role__in=("viewer", "editor", "publisher", "administrator")), name="staff_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} of {f'account {self.account_id}' if self.account_id else 'every account'}"


class HistoryEntry(models.Model):
    """One thing that somebody did. Never changed, never removed; without foreign keys, it outlives what it is of.

    `account` and `instance` are numbers and label as they were, both empty for what is no customer's.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "Customers and instances"
        ROUTING = "routing", "Destinations"
        TOKEN = "token", "Access tokens"
        KEY = "key", "API keys"
        DRAFT = "draft", "Drafts"
        VERSION = "version", "Versions uploaded"
        PUSH = "push", "Pushes and rollbacks"
        PAUSE = "pause", "Pauses"
        APPROVAL = "approval", "Approvals"
        PLAN = "plan", "Planned pushes"
        PERSON = "person", "People's data"
        ROLE = "role", "Roles"
        SIGN_IN = "sign-in", "Sign-ins"

    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=8, choices=Kind)
    actor = models.CharField(max_length=256)
    via = models.CharField(max_length=8)
    address = models.CharField(max_length=45, blank=True, default="")
    account = models.PositiveBigIntegerField(null=True)
    instance = models.CharField(max_length=33, blank=True, default="")
    what = models.CharField(max_length=1024)
    why = models.TextField(blank=True, default="")
    detail: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "history entries"
        default_permissions = ("view",)
        indexes = tuple(
            models.Index(fields=(*fields, "-id"), name=f"history_by_{fields[0]}")
            for fields in (("kind",), ("actor",), ("account",), ("instance",), ("at",))
        )

    def __str__(self) -> str:
        return self.what

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("history is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("history is never removed")
