"""Who is calling the control plane, and what they may touch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from p13nadmin.api.reach import Accounts, Reach


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as services and views need to know it.

    `actor` is written beside every change. `home` is the account meant where a request names none.
    `may_provision` is False for keys that only send events. `needs` are the permissions that what is asked for takes:
    only accounts where the caller has all of them are touched.
    """

    actor: str
    reach: Reach
    home: int | None = None
    may_provision: bool = True
    needs: frozenset[str] = frozenset()
    is_authenticated: ClassVar[bool] = True

    @property
    def accounts(self) -> Accounts:
        """The accounts in which the caller may do what is asked for."""
        return self.reach.accounts(*self.needs)

    def may_touch(self, account: int) -> bool:
        """Whether the caller may do in that account what is asked for."""
        accounts = self.accounts
        return accounts is None or account in accounts

    def may(self, permission: str, account: int | None = None) -> bool:
        """Whether the caller has a permission such as `routing.add_account` there; without an account, anywhere."""
        return self.may_provision and self.reach.may(permission, account)

    def needing(self, permissions: frozenset[str]) -> Caller:
        """The caller as one who asks for what takes these permissions."""
        return replace(self, needs=permissions)
