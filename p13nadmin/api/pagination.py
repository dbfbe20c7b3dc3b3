"""`?page=` and `?page_size=` on every list."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination

PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1000
LARGEST_PAGE = 10**9


class Pages(PageNumberPagination):
    """`{"count", "next", "previous", "results"}`."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE_SIZE
