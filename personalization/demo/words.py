"""What is printed of the demo customer."""

from __future__ import annotations

from personalization.demo.customer import ACCOUNT, DESTINATION, LOGIN, DemoCustomer
from tokens.snippets import Target, curl_line

_RESET = "printed when it was made; `manage.py demo --reset-password` makes a new one"


def demo_text(demo: DemoCustomer, *, console_url: str, endpoint_url: str) -> str:
    """The console's address and login, and the curl line that gets a personalized answer."""
    database, table = DESTINATION
    target = Target(base_url=endpoint_url, account=ACCOUNT, database=database, table=table)
    return "\n".join(
        (
            f"Console   {console_url}",
            f"Login     {LOGIN}",
            f"Password  {f'{demo.password}  (shown this once)' if demo.password else f'({_RESET})'}",
            "",
            "Send an event, and get the answer:",
            "",
            curl_line(target, token_header=demo.token_header, key_header=demo.key_header),
            "",
        )
    )
