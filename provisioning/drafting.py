"""Changing the working draft, and remembering by whom: none of them is the second person who approves it.

Called within the transaction of a change, under the instance's lock.
"""

from __future__ import annotations

from provisioning.models import Draft, Push


def rewrite(draft: Draft, text: str, actor: str) -> None:
    """Give the draft another text. Who wrote it before counts until it is what is live."""
    live = Push.objects.filter(instance=draft.instance_id, superseded_at=None)
    is_new = draft.text in ("", live.values_list("version__text", flat=True).first())
    draft.writers = sorted({actor, *([] if is_new else draft.written_by)})
    draft.text, draft.revision, draft.updated_by = text, draft.revision + 1, actor
    draft.save()
