"""Settings of every process, from the environment (see env.py); safe by default."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from ipaddress import ip_network

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF

from nstsite.env import PROJECT_DIR, SettingsError, read_environment
from nstsite.log_lines import logging_settings
from nstsite.secret_key import read_or_create_secret_key
from nstsite.storage_url import read_storage_url

django_stubs_ext.monkeypatch()  # lets ModelForm[Style] and the like run, so that mypy can check them

try:
    ENV = read_environment(os.environ)
except SettingsError as error:
    sys.exit(f"Easel cannot start, its environment has mistakes:\n{error}")

BASE_DIR = PROJECT_DIR
DATA_DIR = ENV.data_dir
DATA_DIR.mkdir(parents=True, exist_ok=True)
DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key or read_or_create_secret_key(DATA_DIR / "secret_key.txt")
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins

INSTALLED_APPS = [
    "nstsite.apps.EaselAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "stylizer",
    "gallery",
    "accounts",
    "django_q",  # after stylizer, whose qcluster takes the place of its own
]

MIDDLEWARE = [
    "nstsite.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.session_activity.SessionActivityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "stylizer.api.throttles.RateLimitHeaders",
    "nstsite.upload_gate.UploadGateMiddleware",
]

ROOT_URLCONF = "nstsite.urls"
FORCE_SCRIPT_NAME = ""  # gunicorn would take it from a header, and pages that are kept would be wrong for everybody
WSGI_APPLICATION = "nstsite.wsgi.application"
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
                "nstsite.context_processors.signup",
                "stylizer.context_processors.unseen_results",
            ],
        },
    },
]

# Database: SQLite for one machine, PostgreSQL by DATABASE_URL.
if ENV.database_url:
    DATABASES = {"default": dj_database_url.parse(ENV.database_url, conn_max_age=60, conn_health_checks=True)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "easel.sqlite3"),
            "CONN_MAX_AGE": 60,  # opening it anew for every request and message costs more than most questions
            "OPTIONS": {
                # A transaction that will write takes the lock at its start: upgrading a read lock later fails at
                # once with "database is locked", however long the timeout.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared between processes, so that the limits on sign-in attempts hold for all of them together. "process" is for what
# is counted with every request.
_DATABASE_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "easel_cache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},  # beyond that some are forgotten, attempts among them
}
_REDIS_CACHE = {"BACKEND": "nstsite.shared_cache.SharedCache", "LOCATION": ENV.redis_url, "KEY_PREFIX": "easel-cache"}
CACHES = {
    "default": _REDIS_CACHE if ENV.redis_url else _DATABASE_CACHE,
    "database": _DATABASE_CACHE,  # stands in while Redis does not answer
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}},
}

# Files. There is no MEDIA_URL on purpose: pictures are only served by views that check who asks.
MEDIA_ROOT = DATA_DIR / "media"
BUCKET = read_storage_url(ENV.storage_url) if ENV.storage_url else None
EASEL_PRESIGNED_SECONDS = ENV.presigned_seconds
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "stylizer.bucket_storage.BucketStorage", "OPTIONS": BUCKET.options()}
    if BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "nstsite.static_files.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # of a request, beside its files
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "stylizer.upload_limit.BoundedTemporaryUpload",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # larger photos go to a temporary file, not to memory
FILE_UPLOAD_PERMISSIONS = 0o640

# Accounts: django-allauth.
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
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
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "stylizer:studio"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.entrance_forms.LoginForm", "signup": "accounts.entrance_forms.SignupForm"}
ACCOUNT_RATE_LIMITS = {
    "invitation": "20/m/ip",
    "make_token": "10/m/user",
    "export": "6/h/user",
    "delete_account": "5/m/user",
    "confirm_password": "10/m/user",
}  # beside django-allauth's own
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# Without a mail server nobody could confirm anything. With one, "optional" asks for a confirmation and locks nobody out
# who had an account before there was one.
ACCOUNT_EMAIL_VERIFICATION = (
    ("optional" if ENV.smtp_host else "none") if ENV.email_verification == "auto" else ENV.email_verification
)
# Not even signing up tells whether an address has an account; the price is that two may name the same unconfirmed one.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SIGNUP_FIELDS = [
    "username*",
    "email*" if ACCOUNT_EMAIL_VERIFICATION == "mandatory" else "email",
    "password1*",
    "password2*",
]
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies

# Mail.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.from_email
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENV.smtp_host and not DEBUG else 'console'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = ENV.smtp_host, ENV.smtp_port, ENV.smtp_tls
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.smtp_user, ENV.smtp_password
EMAIL_TIMEOUT = 15

# Browser-side protection.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],  # blob: shows a chosen photo before it is uploaded
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
if BUCKET and EASEL_PRESIGNED_SECONDS:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(BUCKET.origin)
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = ENV.https
# Asked by a load balancer on the machine's own network, not by browsers.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
# A house's other subdomains are not Easel's to force onto HTTPS, nor to put on browsers' preload lists.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if ENV.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# API.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # First, so that a missing token answers 401 with WWW-Authenticate.
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.api.permissions.TokenHasScope",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "stylizer.api.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "stylizer.api.negotiation.AlwaysJSON",
    "DEFAULT_PAGINATION_CLASS": "stylizer.api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": [
        "stylizer.api.strict_filters.StrictFilters",
        "stylizer.api.ordering.Ordering",
    ],
    "EXCEPTION_HANDLER": "stylizer.api.errors.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "stylizer.api.openapi.DescribedSchema",
    "DEFAULT_THROTTLE_CLASSES": ["stylizer.api.throttles.TokenRate", "stylizer.api.throttles.AddressRate"],
    "DEFAULT_THROTTLE_RATES": {"token": "10/min", "webhook_by_hand": "20/min"},
    "NUM_PROXIES": ENV.trusted_proxies,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Easel",
    "VERSION": "1",  # of the API, as in its addresses
    "DESCRIPTION": "Paints photos in the style of a painting. How to get a token, recipes and rules: docs/api.md.",
    "LICENSE": {"name": "MIT"},
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    # A link to an operation would lie inside of the button that opens it, out of reach of some readers.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False, "defaultModelsExpandDepth": 0},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # What is sent and what is answered differ: a photo is bytes there and an address here.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # a test generates it, and takes no warning
}
# By its beginning, programs that look for secrets in the wrong place know a token.
REST_KNOX = {"TOKEN_TTL": timedelta(days=ENV.token_days), "TOKEN_PREFIX": "easel_"}
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105
# knox's migrations make a table for a token model of its own, which is not used; accounts' made ours.
MIGRATION_MODULES = {"knox": None}

# Queue: longest job < timeout < retry, and finite attempts. The database row is the truth and a message only wakes a
# worker, so a message is never retried for the job's sake.
# django-q's name for the workers of each queue (stylizer/queues.py); schedules run in the first.
EASEL_CLUSTERS = {"cpu": "easel", "gpu": "easel-gpu", "long": "easel-long"}
# A server that takes a connection and says nothing must hold up neither a worker's beat nor somebody's upload. Workers
# wait for a message for a second at a time.
_BROKER = f"{ENV.redis_url}{'&' if '?' in ENV.redis_url else '?'}socket_timeout=5&socket_connect_timeout=5"
Q_CLUSTER = {
    "name": "easel",
    "cluster_name": EASEL_CLUSTERS[ENV.queue],
    **({"redis": _BROKER} if ENV.redis_url else {"orm": "default"}),
    "poll": 0.02,  # seconds between two looks into the database for messages; half of it is added to every short wait
    "workers": ENV.workers,
    "timeout": ENV.job_timeout_seconds,
    "retry": ENV.job_timeout_seconds + 120,
    "max_attempts": 2,
    "ack_failures": True,
    "catch_up": False,
    "queue_limit": max(2, 2 * ENV.workers),
    "save_limit": 100,
    "label": "Queue",
}

# Easel's own limits.
EASEL_MAX_UPLOAD_BYTES = ENV.max_upload_mb * 1_000_000
EASEL_MAX_PHOTO_PIXELS = ENV.max_photo_megapixels * 1_000_000
EASEL_MAX_OUTPUT_PIXELS = ENV.max_output_megapixels * 1_000_000
EASEL_MAX_QUEUED_PER_USER = ENV.max_queued_per_user
EASEL_MAX_QUEUED = ENV.max_queued
EASEL_QUOTA_BYTES = ENV.quota_mb * 1_000_000  # 0: none
EASEL_SIGNUP = ENV.signup
EASEL_TOKEN_DAYS = ENV.token_days
EASEL_TOKEN_NEVER_EXPIRES = ENV.token_never_expires
EASEL_API_RATES = {"create": ENV.api_creates_per_minute, "request": ENV.api_requests_per_minute}
EASEL_ENGINE_CACHE = DATA_DIR / "engine-cache"  # what workers measured and compiled; may be deleted
EASEL_JOB_TIMEOUT_SECONDS = ENV.job_timeout_seconds
EASEL_LEASE_SECONDS = ENV.lease_seconds
EASEL_STOP_SECONDS = ENV.stop_seconds
EASEL_SYNC_WAIT_SECONDS = ENV.sync_wait_seconds
EASEL_WORKERS = ENV.workers
EASEL_QUEUE = ENV.queue
EASEL_GPU_PIXELS = ENV.gpu_megapixels * 1_000_000
# Of the threads of each web process (Procfile), so that some are always left for those who do not wait.
EASEL_WAITING_REQUESTS = 4
EASEL_UPLOADS_AT_ONCE = 2
EASEL_EVENT_STREAMS, EASEL_EVENT_STREAMS_PER_USER = 4, 2
EASEL_EVENT_SECONDS = 120  # a stream ends then, and its reader comes again
EASEL_HISTORY_DAYS = ENV.history_days
EASEL_TRASH_DAYS = ENV.trash_days
EASEL_WEBHOOK_NETWORKS = [ip_network(text) for text in ENV.webhook_networks]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

LOGGING = logging_settings(ENV.log_level, ENV.log_format)
EASEL_METRICS_TOKEN = ENV.metrics_token
EASEL_TRUSTED_PROXIES = ENV.trusted_proxies
EASEL_ACCEL_LOCATION = ENV.accel_location
if ENV.sentry_dsn:
    from nstsite.error_reports import report_errors_to  # loads a library that few need

    report_errors_to(ENV.sentry_dsn)
