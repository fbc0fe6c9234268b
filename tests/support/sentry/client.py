"""A program with sentry-sdk, as its own process: `client.py DSN`."""

import sys

import sentry_sdk

sentry_sdk.init(dsn=sys.argv[1], release="shop@1", environment="staging", traces_sample_rate=1.0)
sentry_sdk.set_user({"id": "python-user"})


def average(prices):
    return sum(prices) / len(prices)


with sentry_sdk.start_transaction(name="job", op="task"):
    try:
        average([])
    except ZeroDivisionError:
        sentry_sdk.capture_exception()
sentry_sdk.capture_message("Zürich 😀", "warning")
sentry_sdk.flush(20)
