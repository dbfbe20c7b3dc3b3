"""A small provider of OpenID Connect on a port of its own: code flow with PKCE, tokens signed with RS256.

What it says, and how it goes wrong, tests set on it.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "p13nadmin", "a secret of the client"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """`person` are claims about who signs in; `forged` replaces claims of the token (None: takes one away)."""

    person: dict[str, Any]
    forged: dict[str, Any] = field(default_factory=dict)
    key: Any = _KEY
    algorithm: str = "RS256"
    told: dict[str, Any] | None = None  # what /userinfo says, when it is not `person`
    token_status: int = 200
    token_answer: Any = None  # what stands in place of its tokens
    asked: dict[str, str] = field(default_factory=dict)  # the last request for a code
    exchanged: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Provider:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                answer = {"/jwks": provider._jwks, "/userinfo": provider._userinfo}[path]()
                self._answer(200, answer)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
                self._answer(*provider._token(form))

            def _answer(self, status: int, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        assert self._server
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, location: str) -> str:
        """What a browser does at the provider: signs in there and is sent back to this path."""
        parts = urlsplit(location)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        self.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        back = urlsplit(self.asked["redirect_uri"]).path
        return f"{back}?{urlencode({'code': 'a-code', 'state': self.asked['state']})}"

    def _jwks(self) -> Any:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key()))
        return {"keys": [key | {"kid": "1", "alg": "RS256", "use": "sig"}]}

    def _userinfo(self) -> Any:
        return self.person if self.told is None else self.told

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        self.exchanged.append(form)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        right = (form["client_id"], form["client_secret"], form["code"], challenge)
        if self.token_status != 200 or right != (CLIENT, SECRET, "a-code", self.asked["code_challenge"]):
            return max(self.token_status, 400), {"error": "invalid_grant"}
        if self.token_answer is not None:
            return 200, self.token_answer
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self._id_token()}

    def _id_token(self) -> str:
        now = int(time.time())
        own = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.asked["nonce"]}
        claims = {name: value for name, value in (own | self.person | self.forged).items() if value is not None}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": "1"})
