"""Profiles of one instance that live in memory only: what would come of events, without a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from personalization import event_body, identity
from personalization.arrivals import Answer, Arrival, Outcome
from personalization.batch import Batch, EventRef, identify, key_ref
from personalization.engine import Fired, Row
from personalization.explain import Watcher, explain_nobody
from personalization.explanation import Explanation
from personalization.given_profile import given_profile
from personalization.live import LiveInstance
from personalization.profile import Profile
from personalization.program import Table, program
from personalization.view import ProfileView
from provisioning.language.plan import Plan


class MemoryProfiles:
    """Profiles of one instance without a store: every event is a batch of its own.

    `tables` are the monitored ones, otherwise those of the plan's events and tests.
    """

    def __init__(self, plan: Plan, tables: frozenset[Table] | None = None) -> None:
        self.program = program(plan)
        if tables is None:
            tested = {(step.database, step.table) for test in plan.tests for step in test.steps}
            tables = frozenset(self.program.rows) | tested
        self._live = LiveInstance(1, 1, 1, self.program, tables)
        self.activations: list[Fired] = []  # all that fired so far
        self._by_key: dict[str, Profile] = {}
        self._logged: dict[EventRef, bytes] = {}
        self._count = 0
        self._posted = 0

    def post(self, database: str, table: str, event: Mapping[str, Any], *, public: bool, now: float) -> Answer:
        """What the endpoint would answer; `now` in epoch seconds. Raises Refusal for a bad `time` or `uuid`."""
        self._posted += 1
        return self._post(Batch([self._arrival(database, table, event, public=public, now=int(now))]))

    def explain(
        self,
        database: str,
        table: str,
        event: Mapping[str, Any],
        *,
        public: bool,
        now: float,
        given: Mapping[str, Any] | None = None,
    ) -> tuple[Answer, Explanation]:
        """The same, and why. What is `given` of the profile is taken as the event's person's (see given_profile)."""
        self._posted += 1
        arrival = self._arrival(database, table, event, public=public, now=int(now))
        profile = None if given is None else given_profile(self.program, self._live.label, given, now=int(now))
        outcome, explanation = self.take(arrival, profile)
        assert isinstance(outcome, Answer)  # its uuid is a fresh one
        return outcome, explanation

    def take(self, arrival: Arrival, given: Profile | None = None) -> tuple[Outcome, Explanation]:
        """The same for an event that has passed the endpoint's checks: its caller may have named its uuid before."""
        if given is not None:
            self._give(given, arrival)
        watcher = Watcher()
        outcome = self._run(Batch([arrival], watcher))
        if watcher.explanation is not None:
            return outcome, watcher.explanation
        answer = outcome if isinstance(outcome, Answer) else Answer({}, "")
        return outcome, explain_nobody(self.program, arrival.row, answer)

    def _give(self, profile: Profile, arrival: Arrival) -> None:
        identity.see(profile, identify(arrival).pairs, arrival.row.time)
        self._by_key.update((key_ref(profile.instance, pair), profile) for pair in profile.pairs())

    def _post(self, batch: Batch) -> Answer:
        outcome = self._run(batch)
        assert isinstance(outcome, Answer)  # its uuid is a fresh one
        return outcome

    def _run(self, batch: Batch) -> Outcome:
        known = (self._by_key.get(ref) for ref in batch.key_refs())
        found = {profile.id: profile for profile in known if profile is not None}
        logged = {ref: self._logged[ref] for ref in batch.repeatable() if ref in self._logged}
        outcome = batch.run(logged=logged, found=found.values(), next_id=self._count)[0]
        self._keep(batch)
        self._logged.update((ref, batch.arrivals[0].digest) for ref in batch.repeatable() if ref not in logged)
        return outcome

    def view(self, database: str, table: str, event: Mapping[str, Any], *, public: bool, now: float) -> ProfileView:
        """PROFILE of the person that an event speaks of, as expressions of that event see it."""
        arrival = self._arrival(database, table, event, public=public, now=int(now))
        identified = identify(arrival)
        profile = next(
            (self._by_key[ref] for ref in identified.refs if ref in self._by_key), Profile(0, self._live.label, 0)
        )
        return ProfileView(self.program, profile, identified.own, int(now))

    def _arrival(self, database: str, table: str, event: Mapping[str, Any], *, public: bool, now: int) -> Arrival:
        time, given = event_body.time_of(event, now), event_body.uuid_of(event)
        # Stamped as the endpoint does it, but so that a test gives the same each time it runs.
        fields = {**event} if "time" in event else {**event, "time": time}
        if given is None:
            fields["uuid"] = f"00000000-0000-7000-8000-{self._posted:012x}"
        return Arrival(self._live, Row(database, table, fields, min(time, now), now, public), b"", False, "", b"")

    def _keep(self, batch: Batch) -> None:
        known = {profile.id: profile for profile in (*self._by_key.values(), *batch.changed)}
        for ref, number in batch.keys.items():
            if number is None:
                self._by_key.pop(ref, None)
            else:
                self._by_key[ref] = known[number]
        self._count += 1
        self.activations += [pending.fired for pending in batch.activations]
