"""Other programs start pipelines and listen to them with nothing but a NATS client."""

from __future__ import annotations

import asyncio
import json

import nats
import pytest

from tests.support.local_stack import LocalStack

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("stack")]


def _broker(stack: LocalStack) -> str:
    services = stack.ok("status", "--json").events[-1]
    port = next(service["port"] for service in services if service["name"] == "nats-server")
    return f"nats://127.0.0.1:{port}"


async def test_plain_json_starts_a_pipeline_and_a_plain_subscriber_sees_the_deployment(
    stack: LocalStack,
) -> None:
    client = await nats.connect(_broker(stack), inbox_prefix=b"_INBOX_guest")
    deployments = await client.subscribe("deployment.completed.*")
    request = {
        "type": "build.requested",
        "idea": "A list of the books that I lent to friends, with title and date.",
        "name": "lent-books",
        "deploy": True,
        "request_id": "from-a-bare-client",
        "a_field_of_tomorrow": 1,
    }
    await client.publish("build.requested", json.dumps(request).encode())

    seen = json.loads((await deployments.next_msg(timeout=200)).data)

    assert seen["type"] == "deployment.completed"
    assert seen["url"].startswith("http://127.0.0.1:")
    await client.close()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{not json", "not a Genesis message"),
        (b'{"type":"build.requested","idea":7}', "Expected `str`"),
        (b'{"type":"build.requested","idea":"   "}', "the idea is empty"),
        (b'{"type":"build.requested","idea":"x","schema":99}', "schema 99"),
        (b'{"type":"from.tomorrow"}', "unknown message type"),
    ],
)
async def test_what_cannot_be_read_becomes_a_dead_letter_with_its_reason(
    stack: LocalStack, body: bytes, reason: str
) -> None:
    client = await nats.connect(_broker(stack), inbox_prefix=b"_INBOX_guest")
    await client.publish("build.requested", body)
    await client.flush()
    await client.close()

    for _ in range(50):
        listed = await asyncio.to_thread(stack.ok, "deadletters", "list", "--json")
        letters = listed.events[-1]
        if any(reason in letter["reason"] for letter in letters):
            break
        await asyncio.sleep(0.2)
    else:
        pytest.fail(f"no dead letter says {reason!r}: {letters}")
