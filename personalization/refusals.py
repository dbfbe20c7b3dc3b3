"""Why a request is turned away: one row of the table of errors each."""

from __future__ import annotations

MAX_BODY = 1_000_000  # bytes

Header = tuple[bytes, bytes]


class Refusal(Exception):
    """An answer other than 200. `message` says what is wrong and what to do; it quotes no secret."""

    def __init__(self, status: int, code: int, message: str, *headers: Header) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def _retry_after(seconds: int) -> Header:
    return (b"retry-after", str(seconds).encode())


def not_found() -> Refusal:
    return Refusal(
        404,
        404,
        "The path must be /{database}/{table} or /public/{database}/{table}, each name 3 to 128 lower-case "
        "letters, digits and underscores.",
    )


def wrong_method(allowed: bytes = b"POST") -> Refusal:
    return Refusal(405, 3009, f"Use the method {allowed.decode()}.", (b"allow", allowed))


def wrong_content_type() -> Refusal:
    return Refusal(
        415,
        415,
        "Send JSON, uncompressed, with Content-Type: application/vnd.treasuredata.v1+json (or application/json).",
    )


def too_large() -> Refusal:
    return Refusal(413, 413, f"The body must be at most {MAX_BODY:,} bytes.", (b"connection", b"close"))


def unauthorized() -> Refusal:
    return Refusal(
        401,
        401,
        "Send Authorization: TD1 {account}/{key} with a valid API key that may send events on this path.",
        (b"www-authenticate", b"TD1"),
    )


def no_token() -> Refusal:
    return Refusal(400, 3000, "Send the access token as WP13n-Token: {account}/{instance}/{32 hex digits}.")


def malformed_token() -> Refusal:
    return Refusal(400, 3003, "WP13n-Token must have the form {account}/{instance}/{32 hex digits}.")


def other_account() -> Refusal:
    return Refusal(
        400, 3002, "The access token and the API key belong to different accounts; use a pair of one account."
    )


def unknown_token() -> Refusal:
    return Refusal(
        400,
        3001,
        "The access token is not accepted: it must belong to this instance, be listed under `tokens` in its live "
        "configuration, and be neither revoked nor expired.",
    )


def wrong_path_for_token(*, public: bool) -> Refusal:
    path = "/public/{database}/{table}" if public else "/{database}/{table}"
    kind = "public" if public else "private"
    return Refusal(400, 3006, f"This is a {kind} access token: send its events to {path}.")


def wrong_address() -> Refusal:
    return Refusal(
        400, 3005, "This client's address is not allowed for the access token or the API key; add it to the list."
    )


def wrong_origin() -> Refusal:
    return Refusal(400, 3007, "The request's Origin is missing or not on the access token's list of allowed origins.")


def too_many(seconds: int) -> Refusal:
    return Refusal(429, 2003, "Too many requests at the moment; try again later.", _retry_after(seconds))


def too_slow() -> Refusal:
    return Refusal(408, 408, "The body did not arrive in time; send it again.", (b"connection", b"close"))


def bad_body(problem: str) -> Refusal:
    return Refusal(400, 3004, problem)


def unavailable() -> Refusal:
    return Refusal(
        503,
        1005,
        "The event could not be stored now, or it is not known whether it was: send it again with the same uuid.",
        _retry_after(1),
    )


def no_connection() -> Refusal:
    return Refusal(
        503,
        1005,
        "There are too many connections at the moment, and the event was not stored: send it again later.",
        _retry_after(1),
        (b"connection", b"close"),
    )


def broken() -> Refusal:
    return Refusal(500, 9999, "Something went wrong on our side; name the request id when you report it.")
