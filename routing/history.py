"""Who did what to what, when, from where and why. Written by the services, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping

from p13nadmin.api.error_body import without_secrets
from p13nadmin.api.origin import current_origin
from routing.models import Account, HistoryEntry, Instance

Kind = HistoryEntry.Kind
Detail = Mapping[str, int | str | None]
_LONGEST = 4096


def record(
    *,
    kind: Kind,
    actor: str,
    what: str,
    of: Account | Instance | None = None,
    why: str = "",
    detail: Detail | None = None,
) -> HistoryEntry:
    """Add an entry to the history. `what` says in words what was done, `of` whose it is; None: of no customer.

    Whatever looks like a token or key is hidden, wherever it stands; `detail` holds numbers and names alone, never the
    value of a person's key.
    """
    origin = current_origin()
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
        },
    )


def _account(of: Account | Instance | None) -> int | None:
    return of.account_id if isinstance(of, Instance) else of.number if isinstance(of, Account) else None
