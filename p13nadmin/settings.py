"""Every setting is an environment variable, read here and nowhere else; `.env.example` lists them all.

Outside debug mode whatever is missing stops the start with the name of the variable to set.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


class _Environment(environ.Env):  # type: ignore[misc]
    """What cannot be read stops the start as what is missing does, with the variable's name."""

    def get_value(self, var: str, cast: Any = None, **options: Any) -> Any:
        try:
            return super().get_value(var, cast=cast, **options)
        except ValueError:
            kind = {int: "a whole number", float: "a number"}.get(cast, "of the form that .env.example shows")
            raise ImproperlyConfigured(f"The environment variable {var} must be {kind}.") from None


env = _Environment()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG: bool = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))


def _required(name: str, in_debug: str) -> str:
    value: str = env.str(name, default=in_debug if DEBUG else "")
    if not value:
        raise ImproperlyConfigured(
            f"Set the environment variable {name} (see .env.example), or DEBUG=true to try it out."
        )
    return value


def _debug_secret_key() -> str:
    """A key of this checkout's own, kept so that sessions survive a restart."""
    path = DATA_DIR / "debug-secret-key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


SECRET_KEY = _required("SECRET_KEY", in_debug=_debug_secret_key() if DEBUG and not env.str("SECRET_KEY", "") else "")
ALLOWED_HOSTS: list[str] = [
    host for host in _required("ALLOWED_HOSTS", in_debug="localhost,127.0.0.1,[::1]").split(",") if host
]
DATABASE_URL = _required("DATABASE_URL", in_debug=f"sqlite:///{DATA_DIR / 'control.sqlite3'}")
EVENT_STORE = _required("EVENT_STORE", in_debug=f"sqlite:///{DATA_DIR / 'events.sqlite3'}")

DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
else:
    # A server that is out of reach is found out in seconds; the URL's own options win.
    waiting = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5}
    DATABASES["default"]["OPTIONS"] = waiting | DATABASES["default"].get("OPTIONS", {})
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Region -> base URL of the endpoint, shown in every snippet: "local=http://127.0.0.1:8000,eu01=https://…"
PORT: int = env.int("PORT", default=8000)
ENDPOINT_URLS: dict[str, str] = env.dict("ENDPOINT_URLS", default={"local": f"http://127.0.0.1:{PORT}"})

# Endpoint limits; seconds, bytes and counts.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=[])
COMMIT_QUEUE_LIMIT: int = env.int("COMMIT_QUEUE_LIMIT", default=10_000)
MAX_CONNECTIONS: int = env.int("MAX_CONNECTIONS", default=10_000)
BODY_DEADLINE: float = env.float("BODY_DEADLINE", default=10.0)
SNAPSHOT_MAX_AGE: int = env.int("SNAPSHOT_MAX_AGE", default=24 * 3600)
EVENT_WAREHOUSE: str = env.str("EVENT_WAREHOUSE", default="")  # where drain_events moves the events of a Redis store
EVENT_RETENTION_DAYS: int = env.int("EVENT_RETENTION_DAYS", default=400)  # 0: for ever; the same below
PROFILE_EXPIRY_DAYS: int = env.int("PROFILE_EXPIRY_DAYS", default=0)
METRICS_ADDRESSES: list[str] = env.list("METRICS_ADDRESSES", default=["127.0.0.1", "::1"])
SNAPSHOT_FILE: str = env.str("SNAPSHOT_FILE", default=str(DATA_DIR / "snapshot.json"))

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "p13nadmin",
    "routing",
    "tokens",
    "provisioning",
    "personalization",
    "sign_in",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "p13nadmin.api.middleware.JsonErrors",
    "p13nadmin.api.origin.KnownOrigin",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "sign_in.sessions.SignedIn",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "p13nadmin.console.missing_pages.MissingPages",
]

ROOT_URLCONF = "p13nadmin.urls"
ASGI_APPLICATION = "p13nadmin.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "routing.access.RoleBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# What a process counts of callers and addresses. Django's own 300 places would let tries from many addresses push out
# what was counted of one.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
}

# Signing in: how long it lasts, what wrong passwords lead to, whether a one-time password has to be there.
SESSION_HOURS: int = env.int("SESSION_HOURS", default=12)
SESSION_IDLE_MINUTES: int = env.int("SESSION_IDLE_MINUTES", default=120)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SIGN_IN_FAILURES: int = env.int("SIGN_IN_FAILURES", default=5)
SIGN_IN_LOCKOUT_MINUTES: int = env.int("SIGN_IN_LOCKOUT_MINUTES", default=15)
REQUIRE_OTP: bool = env.bool("REQUIRE_OTP", default=False)
PASSWORD_RESET_TIMEOUT = 3600
OTP_TOTP_ISSUER = "p13nadmin"
AXES_FAILURE_LIMIT = SIGN_IN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_LOCKOUT_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "sign_in.lockout.locked_page"
AXES_CLIENT_IP_CALLABLE = "sign_in.lockout.address_or_none"
AXES_WHITELIST_CALLABLE = "sign_in.lockout.is_not_counted"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "code", "next"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Mail, for forgotten passwords alone; without EMAIL_URL nobody is offered one.
EMAIL_URL: str = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "")
_mail: dict[str, Any] = env.email_url_config(EMAIL_URL) if EMAIL_URL else {}
EMAIL_BACKEND: str = _mail.get("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
EMAIL_HOST: str = _mail.get("EMAIL_HOST") or "localhost"
EMAIL_PORT: int = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER: str = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD: str = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS: bool = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL: bool = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", default="p13nadmin@localhost")

# Single sign-on by OpenID Connect: on as soon as OIDC_ISSUER is set.
OIDC_ISSUER: str = env.str("OIDC_ISSUER", default="")
OIDC_NAME: str = env.str("OIDC_NAME", default="single sign-on")
OIDC_RP_CLIENT_ID: str = env.str("OIDC_CLIENT_ID", default="")
OIDC_RP_CLIENT_SECRET: str = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_OP_AUTHORIZATION_ENDPOINT: str = env.str("OIDC_AUTHORIZATION_URL", default="")
OIDC_OP_TOKEN_ENDPOINT: str = env.str("OIDC_TOKEN_URL", default="")
OIDC_OP_USER_ENDPOINT: str = env.str("OIDC_USERINFO_URL", default="")
OIDC_OP_JWKS_ENDPOINT: str = env.str("OIDC_JWKS_URL", default="")
OIDC_RP_SCOPES: str = env.str("OIDC_SCOPES", default="openid email profile")
OIDC_ROLES_CLAIM: str = env.str("OIDC_ROLES_CLAIM", default="groups")
OIDC_ROLES: str = env.str("OIDC_ROLES", default="")
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10
OIDC_AUTHENTICATION_CALLBACK_URL = "sign-in-callback"
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("sign_in.provider.ProviderBackend")

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
# The console's editor, which `make editor` builds; without it the console has a plain text area.
EDITOR_IS_BUILT = (BASE_DIR / "frontend" / "dist" / "editor.js").is_file()
if EDITOR_IS_BUILT:
    STATICFILES_DIRS.append(("console/built", BASE_DIR / "frontend" / "dist"))
EXAMPLES_DIR = BASE_DIR / "docs" / "examples"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "p13nadmin.console.static_files.HashedStaticFiles"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# A configuration is at most 1 MiB; a multipart upload adds its frame.
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
MAX_CONFIGURATION_BYTES = 1024 * 1024

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The frame's menus are expressions in attributes (Alpine), which need eval and styles in attributes. The nonce is for
# the editor, which makes its own stylesheet.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF],
        "style-src-elem": [SELF, NONCE],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DEFAULT_EXCEPTION_REPORTER = "p13nadmin.error_reports.ErrorReport"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if not DEBUG:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
    if env.bool("BEHIND_TLS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tokens.api.authentication.ApiKeyAuthentication",
        "tokens.api.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tokens.api.permissions.MayProvision"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["p13nadmin.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "p13nadmin.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "p13nadmin.api.handler.error_response",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["p13nadmin.api.throttling.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "callers": env.str("API_RATE", default="1200/min"),
        "key_guesses": env.str("API_KEY_GUESS_RATE", default="20/min"),
        "hand_overs": env.str("HAND_OVER_RATE", default="20/min"),
        "sign_ins": env.str("SIGN_IN_RATE", default="30/min"),
        "console_checks": env.str("CONSOLE_CHECK_RATE", default="120/min"),
    },
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "p13nadmin provisioning API",
    "DESCRIPTION": "Set up a customer of the real-time personalization service.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "PATH_CONVERTER_OVERRIDES": {"number": {"type": "integer", "minimum": 1, "maximum": 9999999999999999}},
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "p13nadmin.api.schema.any_of"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "p13nadmin",
    "SITE_HEADER": "p13nadmin",
    "SITE_SUBHEADER": "Real-time personalization",
    "SITE_SYMBOL": "bolt",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "p13nadmin.console.sidebar.icon"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "p13nadmin.console.sidebar.environment",
    "DASHBOARD_CALLBACK": "personalization.console.overview.fill",
    "STYLES": ["p13nadmin.console.sidebar.stylesheet"],
    "SCRIPTS": ["p13nadmin.console.sidebar.script"],
    "ACCOUNT": {"navigation": "p13nadmin.console.sidebar.account_links"},
    "SIDEBAR": {"navigation": "p13nadmin.console.sidebar.navigation"},
    # The colours stand in console.css: the frame would write them into each page.
    "GLOBAL_CALLBACK": "p13nadmin.console.sidebar.without_inline_colours",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "p13nadmin.logs.SafeFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django's own handler would write everything a second time in debug mode; its queries hold session keys.
    # A race between two processes of the endpoint, which is tried again, is no news for psycopg to warn of.
    "loggers": {
        "django": {"level": "INFO", "handlers": []},
        "psycopg": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
    },
}
