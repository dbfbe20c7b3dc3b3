"""One-time passwords of members of staff: setting one up, checking codes, backup codes, taking it away.

Codes are those of RFC 6238 (six digits, every 30 seconds), kept and throttled by django-otp: after the first wrong code
the next is looked at after 1 second, then after 2, 4, 8 … Backup codes are kept as digests.
"""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from p13nadmin.api.errors import Conflict, Invalid

BACKUP_CODES = 10
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_BACKUP_CODE = re.compile(r"[a-z2-7]{10}", re.ASCII)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret as it is shown once: in groups of four letters, and as the picture (inline SVG) that an app reads."""

    text: str
    picture: SafeString


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody has a one-time password, since when, when it was last used, and unused backup codes."""

    is_set_up: bool
    since: datetime | None = None
    last_used: datetime | None = None
    backup_codes: int = 0


def standing_of(user: User) -> Standing:
    """How it stands with somebody's one-time password."""
    device = _confirmed(user)
    if device is None:
        return Standing(is_set_up=False)
    unused = StaticToken.objects.filter(device__user=user).count()
    return Standing(is_set_up=True, since=device.created_at, last_used=device.last_used_at, backup_codes=unused)


def is_set_up(user: User) -> bool:
    """Whether somebody has a one-time password."""
    return _confirmed(user) is not None


@transaction.atomic
def start(*, user: User) -> NewSecret:
    """Make a secret for somebody who has none yet; it counts once a code of it was shown. Raises Conflict."""
    if is_set_up(user):
        raise Conflict("A one-time password is set up already: take it away first.")
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=False)
    letters = b32encode(device.bin_key).decode()
    grouped = " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
    return NewSecret(grouped, _picture(device.config_url))


def _picture(url: str) -> SafeString:
    code = segno.make(url, error="m", micro=False)
    # Made of the picture's numbers and our own words: nothing in it is anybody's text.
    return mark_safe(  # noqa: S308
        code.svg_inline(scale=5, border=3, dark="#000", light="#fff", svgclass="c-qr", omitsize=True)
    )


def confirm(*, user: User, code: str) -> tuple[str, ...]:
    """Let the secret that was started count, by a code of it; new backup codes. Raises Invalid for a wrong one."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if device is None:
        raise Invalid("Nothing was started: begin again.")
    if not _CODE.fullmatch(_bare(code)) or verify_token(user, device.persistent_id, _bare(code)) is None:
        raise Invalid("That code is not right: take the newest that the app shows, and see that its clock is right.")
    return _confirm(user, device.pk)


@transaction.atomic
def _confirm(user: User, pk: int) -> tuple[str, ...]:
    if is_set_up(User.objects.select_for_update().get(pk=user.pk)):
        raise Conflict("A one-time password is set up already: take it away first.")
    TOTPDevice.objects.filter(pk=pk).update(confirmed=True)
    return renew_backup_codes(user=user)


def check(*, user: User, code: str) -> None:
    """Raise Invalid unless `code` is one of somebody's app now, or one of their backup codes, which is then used up."""
    bare = _bare(code)
    if _CODE.fullmatch(bare):
        device, token = _confirmed(user), bare
    elif _BACKUP_CODE.fullmatch(bare):
        device, token = StaticDevice.objects.filter(user=user, confirmed=True).first(), _digest(bare)
    else:
        raise Invalid("That is no code: six digits from the app, or a backup code.")
    if device is None or verify_token(user, device.persistent_id, token) is None:
        raise Invalid("That code is not right, or was used already: wait for the next one.")


@transaction.atomic
def renew_backup_codes(*, user: User) -> tuple[str, ...]:
    """Ten new backup codes, each for one use, in place of all before; nobody can read them again."""
    device, _ = StaticDevice.objects.get_or_create(user=user, defaults={"name": "backup"})
    device.token_set.all().delete()
    codes = tuple("".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(BACKUP_CODES))
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_digest(code)) for code in codes)
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


@transaction.atomic
def remove(*, user: User) -> bool:
    """Take somebody's one-time password and backup codes away; whether there was one."""
    StaticDevice.objects.filter(user=user).delete()
    deleted, _ = TOTPDevice.objects.filter(user=user).delete()
    return bool(deleted)


def _confirmed(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def _bare(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _digest(backup_code: str) -> str:
    # 50 random bits, tried behind a password and a throttle; the column holds 16 characters.
    return sha256(backup_code.encode()).hexdigest()[:16]
