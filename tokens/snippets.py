"""The line that a customer's engineer pastes to send a first event: pure text."""

from __future__ import annotations

from dataclasses import dataclass

EXAMPLE_BODY = '{"td_client_id":"202", "some_key":"some other data"}'


@dataclass(frozen=True, slots=True)
class Target:
    """Where an instance's events go: its region's base URL, and one of its destinations."""

    base_url: str
    account: int
    database: str = "DATABASE"
    table: str = "TABLE"


def curl_line(
    target: Target, *, token_header: str, key_header: str = "", public: bool = False, origin: str = ""
) -> str:
    """A `curl` call in the documentation's form; a secret that is not known is a word in capitals."""
    authorization = key_header or f"TD1 {target.account}/YOUR_API_KEY"
    path = f"{'/public' if public else ''}/{target.database}/{target.table}"
    parts = [
        "curl -i --header 'Content-Type: application/vnd.treasuredata.v1+json'",
        f"--header 'WP13n-Token: {token_header}'",
        f"--header 'Authorization: {authorization}'",
        *([f"--header 'Origin: {origin or 'https://YOUR_SITE'}'"] if public else []),
        "-X POST",
        f"-d '{EXAMPLE_BODY}'",
        f"--location {target.base_url.rstrip('/')}{path}",
    ]
    return " \\\n  ".join(parts)
