"""Trying an event on a configuration: the answer as the endpoint would give it, and why. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from p13nadmin.api.errors import Invalid
from personalization.explained_places import placed
from personalization.given_profile import CannotGive, given_profile
from personalization.live import LiveInstance
from personalization.memory_profiles import MemoryProfiles
from personalization.profile import Profile
from personalization.program import program
from personalization.rehearsal import Call, Heard, rehearse
from personalization.snapshot import Key, Snapshot, Token, snapshot
from personalization.verdicts import why_no_offers
from provisioning.comparing import side
from provisioning.language.plan import Plan
from provisioning.models import ConfigurationVersion
from provisioning.validation import compile_text
from routing.models import Instance
from routing.names import is_name
from routing.selectors import destinations_of
from tokens.header import digest

_CHOICES = ("live", "newest", "draft")
_CONTENT_TYPE = b"application/json"
_NUMBERS_END = 10  # digits; more is no version of anything


@dataclass(frozen=True, slots=True)
class Configuration:
    """One that can be tried: how it is called, its text and its plan; `version` is None for a draft or a text."""

    name: str
    version: int | None
    text: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Event:
    """What is sent: `body` as it would be received, and the bodies of events that came before it."""

    database: str
    table: str
    body: bytes
    public: bool = False
    earlier: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `because` says why there are no offers, empty when there are some."""

    configuration: Configuration
    event: Event
    now: float
    heard: Heard
    because: str


def chosen_configuration(instance: Instance, choice: str) -> Configuration:
    """A version by its number, or `live`, `newest`, `draft`. Raises NotFound, Conflict and Invalid."""
    if choice not in _CHOICES and not (choice.isascii() and choice.isdecimal() and len(choice) < _NUMBERS_END):
        raise _wrong("version", "a version's number, live, newest or draft is expected")
    found = side(instance, choice)
    number = found.name.removeprefix("version ")
    return given_configuration(found.text, name=found.name, version=int(number) if number.isdecimal() else None)


def given_configuration(text: str, *, name: str = "the given text", version: int | None = None) -> Configuration:
    """A configuration that stands nowhere yet. Raises Invalid with every problem."""
    check = compile_text(text)
    if check.plan is None:
        count = len(check.errors)
        errors = [problem.as_dict() for problem in check.errors]
        raise Invalid(f"{name} has {count} error{'s' if count != 1 else ''}; mend that first", errors=errors)
    return Configuration(name, version, text, check.plan)


def version_choices(instance: Instance, *, most: int = 200) -> list[int]:
    """The numbers of the instance's newest versions, the newest first."""
    versions = ConfigurationVersion.objects.filter(instance=instance).order_by("-number")
    return list(versions.values_list("number", flat=True)[:most])


def read_table(text: str) -> tuple[str, str]:
    """The database and the table of `database/table`. Raises Invalid."""
    database, _, table = text.strip().removeprefix("/").removeprefix("public/").partition("/")
    if not (is_name(database) and is_name(table)):
        raise _wrong("table", "database/table is expected, each of lower-case letters, digits and underscores")
    return database, table


def try_event(
    *,
    instance: Instance,
    configuration: Configuration,
    event: Event,
    profile: Mapping[str, Any] | Profile | None = None,
    now: float,
) -> Trial:
    """Send an event to the endpoint's own code, as if the configuration were live and the profile stored.

    `profile` are values of keys and attributes (see given_profile), or a stored one, as it was before the first of
    the events; without it nobody is known. `now` is epoch seconds. Raises Invalid for a profile that cannot be.
    """
    index = program(configuration.plan)
    tables = destinations_of(instance)
    live = LiveInstance(instance.account_id, instance.number, configuration.version, index, tables)
    given = profile if isinstance(profile, Profile) or profile is None else _given(live, profile, now)
    secret = uuid4().hex
    calls = [_call(live, event, body, secret) for body in (*event.earlier, event.body)]
    answers = rehearse(
        _open_to(live, secret, event), calls, profiles=MemoryProfiles(configuration.plan, tables), given=given, now=now
    )
    _refuse_earlier(answers[:-1])
    heard = answers[-1]
    if heard.explanation is not None:
        heard = replace(heard, explanation=placed(heard.explanation, configuration.text))
    because = why_no_offers(heard.explanation) if heard.explanation else ""
    return Trial(configuration, event, now, heard, because)


def _given(live: LiveInstance, values: Mapping[str, Any], now: float) -> Profile:
    assert live.program is not None
    try:
        return given_profile(live.program, live.label, values, now=int(now))
    except CannotGive as problem:
        raise _wrong("profile", str(problem)) from None


def _open_to(live: LiveInstance, secret: str, event: Event) -> Snapshot:
    """A snapshot that knows one token and one key, made for this one trial."""
    token = Token(0, live, digest(secret), public=event.public, origins=frozenset({_ORIGIN.decode()}))
    return snapshot(revision=0, loaded_at=0.0, keys=[Key(0, live.account, digest(secret))], tokens=[token])


def _call(live: LiveInstance, event: Event, body: bytes, secret: str) -> Call:
    headers = (
        (b"content-type", _CONTENT_TYPE),
        (b"content-length", str(len(body)).encode()),
        (b"authorization", f"TD1 {live.account}/{secret}".encode()),
        (b"wp13n-token", f"{live.label}/{secret}".encode()),
        (b"origin", _ORIGIN),
    )
    return Call("POST", f"{'/public' if event.public else ''}/{event.database}/{event.table}", headers, body)


_ORIGIN = b"https://trial.invalid"


def _refuse_earlier(answers: Sequence[Heard]) -> None:
    for number, answer in enumerate(answers, start=1):
        if answer.explanation is None:
            raise _wrong("earlier", f"event {number} would be turned away: {answer.body}")


def _wrong(path: str, message: str) -> Invalid:
    return Invalid(message, errors=[{"path": path, "message": message}])
