"""The columns of the events that came lately, for whoever writes a configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from p13nadmin.api.errors import Unavailable
from personalization.stored_profiles import recent_events
from routing.models import Instance

_LOOKED_AT = 200
_MOST = 300
_SHARE = 0.5  # of the time that a page takes to look for events: the editor waits for it
_NAME = re.compile(r"[A-Za-z_$][\w$]{0,127}", re.ASCII)


def seen_columns(instance: Instance, tables: Sequence[tuple[str, str]]) -> Sequence[str]:
    """The columns of the instance's newest events to these tables, the newest first.

    Only names that an expression can write as `EVENT.name`. Nothing when the store cannot be reached: whoever
    asks goes on without.
    """
    try:
        events = recent_events(instance=instance, most=_LOOKED_AT, share=_SHARE).events
    except Unavailable:
        return ()
    wanted = set(tables)
    return _names(event.body for event in events if (event.database, event.table) in wanted)


def _names(bodies: Iterable[str]) -> list[str]:
    columns = dict.fromkeys(name for body in bodies for name in json.loads(body))
    return [name for name in columns if _NAME.fullmatch(name)][:_MOST]
