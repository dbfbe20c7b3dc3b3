"""Accounts, their instances, and the destinations (database tables) that an instance monitors."""

from __future__ import annotations

from typing import Any

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
