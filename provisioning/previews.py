"""What an upload would bring and how two versions differ, without changing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provisioning.consequences import Consequences, consequences_of
from provisioning.language import Check, Difference, Problem, diff_documents, redact, report
from provisioning.language.restarts import restarts
from provisioning.models import Push
from provisioning.selectors import find_version, newest_push
from provisioning.validation import check_for
from routing.models import Instance
from tokens.selectors import issued_digests, tokens_by_name


@dataclass(frozen=True, slots=True)
class Preview:
    """The problems of a text that might be uploaded, the same as a plain-text report, what differs from what is live,
    and what disappears by it.
    """

    check: Check
    report: str
    difference: Difference
    consequences: Consequences


def preview_upload(*, instance: Instance, text: str | bytes, stage: Literal["draft", "push"]) -> Preview:
    """Check the text as an upload would (`draft`) or as a push would, and compare it with the live version."""
    live = newest_push(instance)
    written = redact(text if isinstance(text, str) else text.decode("utf-8", "replace"), issued_digests)
    difference = diff_documents(
        live.version.text if live else "",
        written,
        old_name=f"live version {live.version.number}" if live else "nothing live",
        new_name="upload",
    )
    tokens = tokens_by_name(instance)
    check = check_for(instance, text, stage=stage, tokens=tokens)
    told = report(check, f"Configuration of instance {instance.label}", text)
    return Preview(check, told, difference, consequences_of(tokens, live, written, check.plan))


def compare_versions(*, instance: Instance, old: int | None, new: int) -> Difference:
    """What changed from version `old` (None: from nothing) to version `new`. Raises NotFound."""
    before = None if old is None else find_version(instance, old)
    after = find_version(instance, new)
    old_name = "nothing" if before is None else str(before)
    return diff_documents("" if before is None else before.text, after.text, old_name=old_name, new_name=str(after))


def restarts_of(push: Push) -> tuple[Problem, ...]:
    """A warning for each attribute whose stored values start empty with this push, next to what was live before it."""
    return restarts(push.replaced.text, push.version.text) if push.replaced is not None else ()
