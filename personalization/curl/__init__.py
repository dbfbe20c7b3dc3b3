"""Reading a `curl` line that somebody pasted. Pure: nothing is run, and no file is opened."""

from personalization.curl.line import PastedCall, read_curl_line
from personalization.curl.words import CannotRead

__all__ = ["CannotRead", "PastedCall", "read_curl_line"]
