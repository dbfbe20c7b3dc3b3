"""Who is calling the control plane, and what they may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as services and views need to know it.

    `actor` is written beside every change. `account` limits the caller to one account, None is every
    account; `home` is the account meant where a request names none. `permissions` are Django's, as
    `app.codename`, None is all of them. `may_provision` is False for keys that only send events.
    """

    actor: str
    account: int | None
    home: int | None = None
    permissions: frozenset[str] | None = None
    may_provision: bool = True
    is_authenticated: ClassVar[bool] = True

    def may_touch(self, account: int) -> bool:
        return self.account is None or self.account == account

    def may(self, permission: str) -> bool:
        """Whether the caller has a permission such as `routing.add_account`."""
        return self.may_provision and (self.permissions is None or permission in self.permissions)

    @property
    def is_operator(self) -> bool:
        """Every account and every permission."""
        return self.account is None and self.permissions is None and self.may_provision
