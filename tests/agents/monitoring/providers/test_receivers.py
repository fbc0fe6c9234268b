"""An app asks where it may send besides, and gets what providers said when it was set up."""

from __future__ import annotations

from agents.monitoring import store
from agents.monitoring.providers import receivers
from agents.monitoring.providers.port import Target
from tests.support.ingest import sending, serving


def target(environment: str, pipeline: str) -> Target:
    return Target(
        app="shop", environment=environment, url="http://shop.test/", build_id="b1",
        pipeline=pipeline,
    )  # fmt: skip


async def test_an_app_gets_its_own_variables_by_its_key_alone(url, tmp_path) -> None:
    async with sending(url, tmp_path) as app, serving(app.settings):
        path = f"/api/{app.project.number}/receivers"
        assert (await app.http.get(path, params={"key": app.project.key})).json() == {}
        async with store.connected(url) as connection:
            staging, production = target("staging", "pipe0001"), target("production", "pipe0002")
            await receivers.keep(connection, staging, "Sentry", {"SENTRY_DSN": "http://k@s/1"})
            await receivers.keep(connection, staging, "Umami", {"UMAMI_WEBSITE_ID": "w"})
            await receivers.keep(connection, production, "Sentry", {"SENTRY_DSN": "http://k@s/2"})
        answer = await app.http.get(path, params={"key": app.project.key})
        assert answer.json() == {"SENTRY_DSN": "http://k@s/1", "UMAMI_WEBSITE_ID": "w"}
        for wrong in ("", "0" * 32):
            assert (await app.http.get(path, params={"key": wrong})).status_code == 403
        for number in ("0", "9" * 30, "x"):
            asked = await app.http.get(f"/api/{number}/receivers", params={"key": app.project.key})
            assert asked.status_code == 403
