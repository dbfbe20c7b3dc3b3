"""Configurations of 1 MiB with 1,000 offers, as the largest customers have them."""

from __future__ import annotations

SIZE = 1024 * 1024
OFFERS = 1000
ATTRIBUTES = 40

_HEAD = """\
keys:
  - name: td_client_id
    public: true
events:
  - {name: pageview, database: your_database, table: pageviews}
  - {name: cart, database: your_database, table: carts}
attributes:
"""
_ATTRIBUTE = """\
  - {{name: seen_{number}, type: list, event: pageview, value: "${{EVENT.column_{number}}}"}}
"""
# The document's offer twice, and what configurations grow: comparisons, defaults, texts with values in them.
_OFFER = """\
  - name: offer_{number}
    set:
      - event: pageview
        if: PROFILE.seen_{first}.length > {n} && EVENT.path !== '/p{n}'
        data:
          newest: ${{PROFILE.seen_{second}.slice(-1)[0].value + '{n}'}}
          client: ${{PROFILE.td_client_id ?? 'unknown {n}'}}
          banner: https://cdn.example/banners/{n}/${{EVENT.language}}.png
      - event: [pageview, cart]
        if: EVENT.amount >= {n} && PROFILE.seen_{second}.some(item => item.value === EVENT.sku)
        data:
          message: "Hello ${{EVENT.first_name}}, {n} of ${{EVENT.amount.toFixed(2)}}"
          rank: ${{Math.min(EVENT.amount * {n}, 100)}}
          likes: ${{PROFILE.seen_{first}.map(item => item.value).join('{n}, ')}}
"""


def configuration(*, distinct: bool) -> str:
    """A configuration of 1 MiB whose 1,000 offers hold 8,000 expressions; `distinct`: no two are the same."""
    attributes = "".join(_ATTRIBUTE.format(number=number) for number in range(ATTRIBUTES))
    offers = [_offer(number, number if distinct else 0) for number in range(OFFERS)]
    text = f"{_HEAD}{attributes}offers:\n"
    spare = SIZE - len(text) - sum(map(len, offers))
    return text + "".join(offer + _comment(spare // OFFERS) for offer in offers)


def _offer(number: int, variation: int) -> str:
    first, second = variation % ATTRIBUTES, (variation + 1) % ATTRIBUTES
    return _OFFER.format(number=number, n=variation, first=first, second=second)


def _comment(length: int) -> str:
    return f"      # {'why this offer is there, ' * 50}"[: max(length, 2) - 1] + "\n"
