"""The tables of the event store, as a Django team would write them."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """The log."""

    stream = models.BigIntegerField()
    uuid = models.UUIDField()
    time = models.BigIntegerField()
    received = models.BigIntegerField()
    public = models.BooleanField()
    profile = models.BigIntegerField(null=True)
    digest = models.BinaryField()
    body = models.TextField()

    class Meta:
        db_table = "events"
        constraints = [models.UniqueConstraint(fields=["stream", "uuid"], name="event_once")]


class Profile(models.Model):
    """One document per person."""

    instance = models.TextField()
    created = models.BigIntegerField()
    updated = models.BigIntegerField()
    merged_into = models.BigIntegerField(null=True)
    body = models.TextField()

    class Meta:
        db_table = "profiles"


class ProfileKey(models.Model):
    """Which profile a key value belongs to."""

    key = models.TextField(primary_key=True)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, db_constraint=False)

    class Meta:
        db_table = "profile_keys"
