"""Who did what to what, when, from where and why. Written by the services, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.origin import current_origin
from routing.changed_fields import Kept, in_words, kept_sentences
from routing.models import Account, HistoryEntry, Instance

Kind = HistoryEntry.Kind
Detail = Mapping[str, int | str | None]
SIGNED_IN = " signed in with "  # in what stands there of each who merely came
_LONGEST = 4096
_CHANGES, _SENTENCES = "changes", "sentences"  # beside what a caller's detail names


def record(
    *,
    kind: Kind,
    actor: str,
    what: str,
    of: Account | Instance | None = None,
    why: str = "",
    detail: Detail | None = None,
    changes: Sequence[Kept] = (),
    sentences: Sequence[str] = (),
) -> HistoryEntry:
    """Add an entry to the history. `what` says in words what was done, `of` whose it is; None: of no customer.

    Whatever looks like a token or key is hidden, wherever it stands; `detail` holds numbers and names alone, never the
    value of a person's key. `changes` are fields that were changed, `sentences` tell what else did.
    """
    origin = current_origin()
    kept = {_CHANGES: list(changes), _SENTENCES: kept_sentences(sentences)}
    return HistoryEntry.objects.create(
        kind=kind,
        actor=without_secrets(actor)[:256],
        via=origin.via,
        address=origin.address,
        account=_account(of),
        instance=of.label if isinstance(of, Instance) else "",
        what=without_secrets(what)[:1024],
        why=without_secrets(why)[:_LONGEST],
        detail={
            name: without_secrets(value) if isinstance(value, str) else value for name, value in (detail or {}).items()
        }
        | {name: each for name, each in kept.items() if each},
    )


def told_of(entry: HistoryEntry) -> list[str]:
    """What an entry keeps of what was changed, a sentence each."""
    detail = entry.detail
    return [*map(in_words, detail.get(_CHANGES, ())), *detail.get(_SENTENCES, ())]


def facts_of(entry: HistoryEntry) -> dict[str, object]:
    """The numbers and names of an entry's detail."""
    return {name: value for name, value in entry.detail.items() if name not in (_CHANGES, _SENTENCES)}


def _account(of: Account | Instance | None) -> int | None:
    return of.account_id if isinstance(of, Instance) else of.number if isinstance(of, Account) else None
