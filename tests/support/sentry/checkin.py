"""A job that checks in with sentry-sdk, as its own process: `checkin.py DSN STATUS`."""

import sys

import sentry_sdk
from sentry_sdk.crons import capture_checkin

sentry_sdk.init(dsn=sys.argv[1], environment="staging")
capture_checkin(
    monitor_slug="nightly",
    status=sys.argv[2],
    monitor_config={
        "schedule": {"type": "crontab", "value": "0 2 * * *"},
        "timezone": "Europe/Berlin",
        "checkin_margin": 10,
        "max_runtime": 20,
    },
)
sentry_sdk.flush(20)
