"""Configuration texts to test with."""

from __future__ import annotations

TOKEN = "e65d8a9df2094f02b84cd660efff6f27"


def configuration(offer: str = "preferences_known", *, token: str = "name: web", table: str = "pageviews") -> str:
    """The source document's offer under another name, with what it stands on."""
    return f"""\
keys:
  - name: td_client_id
    public: true
events:
  - name: pageview
    database: your_database
    table: {table}
attributes:
  - name: preferences
    type: list
    event: pageview
    if: EVENT.some_key != null
    value: ${{EVENT.some_key}}
offers:
  - name: "{offer}"
    set:
      - event: "pageview"
        if: PROFILE.preferences.length > 0
        data:
          td_client_id: ${{PROFILE.td_client_id}}
          preferences: ${{PROFILE.preferences.slice(-1)[0].value}}
tokens:
  - {token}
"""


def numbered(number: int) -> str:
    """A valid configuration that differs from every other number's."""
    return configuration(f"offer {number}")


WITH_THREE_MISTAKES = """\
keys:
  - name: td_client_id
events:
  - name: pageview
    database: Your-Database
    table: pageviews
offers:
  - name: hello
    set:
      - event: pageveiw
        if: PROFILE.colour ==
        data: {a: 1}
tokens:
  - name: web
"""
