"""What the endpoint writes in the control database: figures of its traffic, for the console.

Nothing of people is here; `PersonalData` names what staff may do with their data. No row has a constraint on its
instance in the database: checking it would wait for whoever locks the instance to push.
"""

from __future__ import annotations

from django.db import models

from routing.models import Instance

MINUTE, HOUR = 60, 3600  # seconds that a row of figures is for


class PersonalData(models.Model):
    """Never a table: permissions have to belong to a model."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (
            ("view_profile", "Can look at a person's profile"),
            ("export_profile", "Can export all that is kept of a person"),
            ("erase_profile", "Can erase all that is kept of a person"),
        )


class TrafficCount(models.Model):
    """Requests of one instance in one minute, and the same in one hour: each request is in both rows.

    So never sum over both spans; `personalization.traffic` reads them. `token` is 0 when it is not known, `database`
    and `table` are empty when too many were named. `code` is 200 or that of the refusal, `reason` why there were no
    offers, empty when there were some. `failed` of them are events for which something in the configuration failed,
    whatever else came of them.
    """

    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    span = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    token = models.PositiveBigIntegerField(default=0)
    database = models.CharField(max_length=128, blank=True)
    table = models.CharField(max_length=128, blank=True)
    code = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=32, blank=True)
    requests = models.PositiveBigIntegerField()
    failed = models.PositiveBigIntegerField(db_default=0)

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("instance", "span", "start", "token", "database", "table", "code", "reason"),
                name="one_traffic_count",
            ),
        )
        indexes = (models.Index(fields=("span", "start"), name="traffic_count_by_time"),)


class TrafficLatency(models.Model):
    """How many of an instance's requests took at most so long: `bound` is the place in `metrics.SECONDS`, its length
    for what is above all."""

    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    span = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    bound = models.PositiveSmallIntegerField()
    requests = models.PositiveBigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("instance", "span", "start", "bound"), name="one_traffic_latency"),
        )
        indexes = (models.Index(fields=("span", "start"), name="traffic_latency_by_time"),)


class TrafficTotal(models.Model):
    """The requests of all instances together, by minute and by hour like `TrafficCount`."""

    span = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    code = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=32, blank=True)
    requests = models.PositiveBigIntegerField()
    failed = models.PositiveBigIntegerField(db_default=0)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("span", "start", "code", "reason"), name="one_traffic_total"),)


class InstanceTraffic(models.Model):
    """What an instance did in the 24 hours before `updated_at`: one row each, to list and sort many by.

    `p95` is in seconds.
    """

    instance = models.OneToOneField(Instance, on_delete=models.CASCADE, db_constraint=False, related_name="traffic")
    events = models.PositiveBigIntegerField(default=0, db_index=True)
    offered = models.PositiveBigIntegerField(default=0, db_index=True)
    refused = models.PositiveBigIntegerField(default=0, db_index=True)
    errors = models.PositiveBigIntegerField(default=0, db_index=True)
    p95 = models.FloatField(null=True, db_index=True)
    updated_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()


class ReceivedTable(models.Model):
    """When events of a table last came to an instance; `unmonitored_at`: when last one was left out as unmonitored."""

    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    database = models.CharField(max_length=128)
    table = models.CharField(max_length=128)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    unmonitored_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("instance", "database", "table"), name="one_row_per_received_table"),
        )


class RuleFailure(models.Model):
    """How often a rule of a version failed since `first_at`, and how it failed last."""

    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    version = models.PositiveIntegerField()
    rule = models.CharField(max_length=400)
    failures = models.PositiveBigIntegerField()
    message = models.CharField(max_length=400)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("instance", "version", "rule"), name="one_rule_failure"),)


class EndedOffer(models.Model):
    """An offer of a live version whose time is over."""

    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    version = models.PositiveIntegerField()
    offer = models.CharField(max_length=400)
    ended_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("instance", "version", "offer"), name="one_ended_offer"),)


class Recording(models.Model):
    """A visitor each of whose events is explained as it happens, until a time. Who it is cannot be read back: `digest`
    is keyed, of the value of `key`. `note` says why. Rows go a day after they ended, with what was recorded.
    """

    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    key = models.CharField(max_length=128)
    digest = models.CharField(max_length=64, editable=False)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=256)
    until = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()


class RecordedEvent(models.Model):
    """An event of a recorded visitor, with its explanation from the profile as it was before it (JSON)."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    database = models.CharField(max_length=128)
    table = models.CharField(max_length=128)
    uuid = models.CharField(max_length=32)
    version = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=32, blank=True)
    explanation = models.TextField()

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()


class Rejection(models.Model):
    """A request that was turned away. Not every one: some of each minute, the newest 10,000 of the last 7 days (half
    of them with a `token` that is known).

    `instance` and `account` are known when the headers name them, whether or not they were accepted. `token_hint` are
    the last four characters of the token. A visitor's `address` on the public path is that of a network.
    `is_preflight`: a browser asked whether a page may send, which names nobody but its origin.
    """

    at = models.DateTimeField()
    code = models.PositiveSmallIntegerField()
    instance = models.ForeignKey(
        Instance, null=True, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.PositiveBigIntegerField(null=True)
    token = models.PositiveBigIntegerField(default=0)
    token_hint = models.CharField(max_length=4, blank=True)
    database = models.CharField(max_length=128, blank=True)
    table = models.CharField(max_length=128, blank=True)
    origin = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=400)
    request_id = models.CharField(max_length=32)
    is_preflight = models.BooleanField(db_default=False)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()
        indexes = (models.Index(fields=("instance", "-id"), name="rejections_of_an_instance"),)
