"""Staff, as the console's tests have them."""

from tests.console.conftest import browser, instance, staff, staff_with

__all__ = ["browser", "instance", "staff", "staff_with"]
