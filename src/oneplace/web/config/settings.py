"""Django's settings for one place. Everything that differs between places comes from the folder or
the environment.

`ONEPLACE_DIR` the folder; `DATABASE_URL` a PostgreSQL address in place of the folder's SQLite file;
`ONEPLACE_HOSTS` the names the site answers to; `ONEPLACE_TLS=1` when a proxy in front speaks TLS;
`ONEPLACE_STATIC` the folder of collected static files (set by `serve`).
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF

from oneplace.web import place as _place

WEB = Path(__file__).resolve().parents[1]
TLS = os.environ.get("ONEPLACE_TLS") == "1"
DEBUG = False
SECRET_KEY = _place.key("sessions and forms").hex()
ALLOWED_HOSTS = [
    h for h in os.environ.get("ONEPLACE_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if h
]
CSRF_TRUSTED_ORIGINS = [f"https://{h}" for h in ALLOWED_HOSTS] if TLS else []
ROOT_URLCONF = "oneplace.web.config.urls"
WSGI_APPLICATION = "oneplace.web.config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE, TIME_ZONE, USE_TZ, USE_I18N = "en-gb", "Europe/London", True, False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "oneplace.web.components",
    "oneplace.web.history",
    "oneplace.web.accounts",
    "oneplace.web.neighbourhood",
    "oneplace.web.programme",
    "oneplace.web.board",
    "oneplace.web.analyst",
    "oneplace.web.finance",
    "oneplace.web.directory",
    "oneplace.web.jobs",
]
MIDDLEWARE = [
    "oneplace.web.config.watch.RequestWatch",
    "oneplace.web.config.weight.Compressed",
    "oneplace.web.config.weight.HeardOut",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "oneplace.web.accounts.sessions.SessionWatch",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOMS = (
    "components",
    "accounts",
    "neighbourhood",
    "programme",
    "board",
    "directory",
    "jobs",
    "analyst",
    "finance",
    "morning",
    "why",
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [WEB / room / "templates" for room in ROOMS],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "oneplace.web.config.jinja.environment",
            "context_processors": ["oneplace.web.components.frame.frame"],
        },
    },
]


def database(url: str | None) -> dict[str, object]:
    """SQLite beside the builds unless a PostgreSQL address is given."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(_place.state("entries.sqlite3")),
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError(
            f"DATABASE_URL: found {parts.scheme}, expected postgresql://USER:PASSWORD@HOST/NAME"
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "OPTIONS": options,
    }


DATABASES = {"default": {**database(os.environ.get("DATABASE_URL")), "ATOMIC_REQUESTS": False}}

# --- who comes in ---------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "sign_in", "home", "sign_in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "oneplace.web.accounts.views.locked_out"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
SILENCED_SYSTEM_CHECKS = ["axes.W003"]

SESSION_COOKIE_AGE = (
    12 * 3600
)  # from signing in; an hour without a page ends it earlier (accounts.sessions)
PASSWORD_RESET_TIMEOUT = 24 * 3600  # how long a one-time link to choose a password works
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (
    ("__Host-session", "__Host-csrf") if TLS else ("session", "csrf")
)
CSRF_FAILURE_VIEW = "oneplace.web.config.errors.form_expired"

# --- what may come out ----------------------------------------------------------------------------
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # the service manager asks on this machine, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        **({"upgrade-insecure-requests": True} if TLS else {}),
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

_COLLECTED = os.environ.get("ONEPLACE_STATIC")
STATIC_URL = "/static/"
STATIC_ROOT = _COLLECTED or str(WEB / "components" / "static")
STATICFILES_DIRS = [WEB / "components" / "static"] if _COLLECTED else []
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "oneplace.web.config.watch.JsonLine"}},
    "handlers": {
        "out": {"class": "logging.StreamHandler", "formatter": "line"},
        "none": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "oneplace": {"level": "INFO"},
        # These two write the address asked for, and an address can name a person: RequestWatch
        # writes the route instead.
        "django.request": {"handlers": ["none"], "propagate": False},
        "django.security": {"handlers": ["none"], "propagate": False},
        "axes": {"level": "ERROR"},
    },
}
