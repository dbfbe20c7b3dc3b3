"""What a customer's engineer pastes to send a first event, from a shell or from a page: pure text."""

from __future__ import annotations

from dataclasses import dataclass

SDK_URL = "https://cdn.treasuredata.com/sdk/4.4/td.min.js"
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


def page_script(target: Target, *, token_header: str) -> str:
    """The lines that a page needs to get its offers with td-js-sdk, which always calls by HTTPS.

    In signed mode the library sends the visitor's `td_client_id`; in anonymous mode it would leave that out.
    """
    host = target.base_url.partition("://")[2].rstrip("/")
    return f"""\
<script src="{SDK_URL}"></script>
<script>
  const td = new Treasure({{
    host: "{host}", database: "{target.database}", writeKey: "{target.account}/YOUR_BROWSER_KEY",
    startInSignedMode: true,
  }});
  td.fetchPersonalization(
    {{ endpoint: "{host}", database: "{target.database}", table: "{target.table}", token: "{token_header}" }},
    {{ td_client_id: td.client.track.uuid, some_key: "dogs" }},
    (answer) => console.log(answer.offers),
    (error) => console.error(error),
  );
</script>"""
