"""Language models that say what a test wrote: both wires, over real HTTP on 127.0.0.1.

A server gives its replies in order and the last one for ever, streamed or whole, and keeps every
request. Like the real ones it refuses a wrong key, unknown parts and a limit that is missing.
The official SDKs read its replies; `python -m tests.support.llm_servers` tries that where they
are installed.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from msgspec import Struct

KEY = "key-of-a-test-4711"


class Reply(Struct, frozen=True, kw_only=True):
    """What a server does with one request.

    `text` is the answer, `stop` why it ended in the words of Anthropic's wire; `status` other
    than 200 is an error with `text` as its message. `cut` breaks the connection in the middle,
    `short` ends there as if that was all, `hang` says nothing more, `error` sends an error
    instead of the stream's second half.
    """

    text: str = ""
    stop: str = "tool_use"
    status: int = 200
    headers: dict[str, str] = {}
    cut: bool = False
    short: bool = False
    hang: bool = False
    error: str = ""
    counted: bool = True


def says(*operations: dict[str, Any], **more: Any) -> Reply:
    """A good answer: these operations."""
    text = json.dumps({"operations": operations}, ensure_ascii=False)
    return Reply(text=text, **more)


def fails(status: int, message: str = "no", **headers: str) -> Reply:
    """An error with headers, whose names have _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, text=message, headers=named)


REFUSES = Reply(stop="refusal")
TRUNCATES = Reply(text='{"operations": [{"op": "add_ro', stop="max_tokens")
GIGANTIC = Reply(text='{"operations": [' + '"a lot", ' * 700_000 + "0]}")

_FINISH = {"tool_use": "stop", "end_turn": "stop", "max_tokens": "length",
           "refusal": "stop", "content_filter": "content_filter"}  # fmt: skip
_KINDS = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}


class Request(Struct, frozen=True):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class LlmServer:
    """A server while the context is open.

    `old` knows neither schemas nor the newer names; `whole` never streams; `open_to_all` takes
    any key.
    """

    def __init__(
        self,
        wire: str,
        replies: Sequence[Reply] | Reply,
        *,
        old: bool = False,
        whole: bool = False,
        open_to_all: bool = False,
    ) -> None:
        self.wire = wire
        self.replies = [replies] if isinstance(replies, Reply) else list(replies)
        self.old, self.whole, self.open_to_all = old, whole, open_to_all
        self.requests: list[Request] = []
        self.taken = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"llm": self})
        )
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        base = f"http://127.0.0.1:{self._server.server_address[1]}"
        return base if self.wire == "anthropic" else f"{base}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def reply_to(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            if refused := _REFUSED[self.wire](self, request):
                return refused
            self.taken += 1
            return self.replies[min(self.taken, len(self.replies)) - 1]

    def wait(self) -> None:
        self._closing.wait(30)


def _key_of(request: Request) -> str:
    return request.headers.get("x-api-key") or request.headers.get(
        "authorization", ""
    ).removeprefix("Bearer ")


def _unknown(body: dict[str, Any], known: str) -> Reply | None:
    strange = body.keys() - set(known.split())
    return fails(400, f"{min(strange)}: Extra inputs are not permitted") if strange else None


def _refused_by_anthropic(server: LlmServer, request: Request) -> Reply | None:
    body = request.body
    if not server.open_to_all and _key_of(request) != KEY:
        return fails(401, f"invalid key {_key_of(request)}")
    if request.path != "/v1/messages":
        return fails(404, "not found")
    if not request.headers.get("anthropic-version"):
        return fails(400, "anthropic-version: header is required")
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return fails(400, "max_tokens: Field required")
    names = [tool["name"] for tool in body.get("tools", [])]
    if body.get("tool_choice", {}).get("name") not in names:
        return fails(400, "tool_choice: no such tool")
    if server.old and any("strict" in tool for tool in body["tools"]):
        return fails(400, "tools.0.custom.strict: Extra inputs are not permitted")
    return _unknown(body, "model max_tokens system messages tools tool_choice stream")


def _refused_by_openai(server: LlmServer, request: Request) -> Reply | None:
    body = request.body
    if not server.open_to_all and _key_of(request) != KEY:
        return fails(401, f"Incorrect API key provided: {_key_of(request)}")
    if request.path != "/v1/chat/completions":
        return fails(404, "not found")
    form = body.get("response_format", {})
    if server.old:
        if form.get("type") == "json_schema":
            return fails(400, "response_format.type: json_schema is not supported")
        if "max_completion_tokens" in body:
            return fails(400, "Unrecognized request argument supplied: max_completion_tokens")
        if "stream_options" in body:
            return fails(422, "stream_options: unknown field")
        if "JSON" not in json.dumps(body["messages"]):
            return fails(400, "'messages' must contain the word 'json' in some form")
    elif problem := _not_strict(form.get("json_schema", {}).get("schema", {})):
        return fails(400, f"Invalid schema for response_format: {problem}")
    return _unknown(
        body,
        "model messages response_format max_completion_tokens max_tokens stream stream_options",
    )


def _not_strict(schema: dict[str, Any], *, root: bool = True) -> str:
    """Why OpenAI would not enforce a schema."""
    if root and schema.get("type") != "object":
        return "the root has to be an object"
    if schema.get("type") == "object":
        properties = schema["properties"]
        if schema.get("additionalProperties") is not False:
            return "additionalProperties is required to be false"
        if set(schema.get("required", [])) != set(properties):
            return "required has to name every property"
        inner = [*properties.values()]
    elif "anyOf" in schema:
        inner = schema["anyOf"]
    else:
        inner = [schema["items"]] if schema.get("type") == "array" else []
    strange = schema.keys() - {
        "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum",
        "description",
    }  # fmt: skip
    if strange:
        return f"{min(strange)} is not permitted"
    return next(filter(None, (_not_strict(each, root=False) for each in inner)), "")


_REFUSED = {"anthropic": _refused_by_anthropic, "openai": _refused_by_openai}


class _Handler(BaseHTTPRequestHandler):
    llm: LlmServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, json.loads(content))
        reply = self.llm.reply_to(request)
        self.close_connection = True
        # Whoever asked may have lost patience.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._answer(reply, request.body)

    def _answer(self, reply: Reply, body: dict[str, Any]) -> None:
        if reply.status != 200:
            self._send(reply, "application/json", [_error(self.llm.wire, reply)])
        elif body.get("stream") and not self.llm.whole:
            events = list(_STREAMS[self.llm.wire](reply))
            if reply.error:
                events = [*events[: len(events) // 2], _error_event(self.llm.wire, reply.error)]
            elif reply.cut or reply.short or reply.hang:
                events = events[: len(events) // 2]
            self._send(reply, "text/event-stream; charset=utf-8", events)
        else:
            whole = json.dumps(_WHOLE[self.llm.wire](reply)).encode()
            half = reply.cut or reply.short or reply.hang
            self._send(reply, "application/json", [whole[: len(whole) // 2] if half else whole])

    def _send(self, reply: Reply, kind: str, parts: Sequence[bytes]) -> None:
        self.send_response(reply.status)
        self.send_header("content-type", kind)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        # Said, as the next attempt may come before the client could see it.
        self.send_header("connection", "close")
        self.end_headers()
        content = b"".join(parts)
        # Pieces end in the middle of lines and letters, as they do on a network.
        step = 1_000 if len(content) > 100_000 else 61
        for start in range(0, len(content), step):
            piece = content[start : start + step]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.flush()
        if reply.hang:
            self.llm.wait()
        if not reply.cut:
            self.wfile.write(b"0\r\n\r\n")


def _error(wire: str, reply: Reply) -> bytes:
    error = {"type": _KINDS.get(reply.status, "invalid_request_error"), "message": reply.text}
    if wire == "anthropic":
        return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()
    return json.dumps({"error": error | {"param": None, "code": None}}).encode()


def _event(data: dict[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\r\n" if name else ": a comment\n"
    end = "\r\n\r\n" if name else "\n\n"
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}{end}".encode()


def _error_event(wire: str, kind: str) -> bytes:
    error = {"error": {"type": kind, "message": "broken"}}
    return _event({"type": "error", **error}, "error") if wire == "anthropic" else _event(error)


def _pieces(text: str) -> Iterator[str]:
    step = max(7, len(text) // 200)
    return (text[start : start + step] for start in range(0, len(text), step))


def _counts(reply: Reply) -> tuple[int, int]:
    return (1_000, 10 + len(reply.text) // 4)


def _message(reply: Reply) -> dict[str, Any]:
    sent, received = _counts(reply)
    usage = {"input_tokens": sent, "output_tokens": received} if reply.counted else {}
    block: dict[str, Any]
    if reply.stop == "tool_use":
        try:
            given = json.loads(reply.text)
        except ValueError:
            given = {"operations": reply.text}
        block = {"type": "tool_use", "id": "toolu_1", "name": "emit_operations", "input": given}
    else:
        block = {"type": "text", "text": reply.text}
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [block] if reply.text else [], "stop_reason": reply.stop,
        "stop_sequence": None, "usage": usage,
        **({"stop_details": {"type": "refusal", "category": "cyber"}} if reply.stop == "refusal"
           else {}),
    }  # fmt: skip


def _message_stream(reply: Reply) -> Iterator[bytes]:
    sent, received = _counts(reply)
    start = _message(reply) | {"content": [], "stop_reason": None}
    start |= {"usage": {"input_tokens": sent, "output_tokens": 1} if reply.counted else {}}
    start.pop("stop_details", None)
    yield _event({"type": "message_start", "message": start}, "message_start")
    yield _event({"type": "ping"}, "ping")
    if reply.text:
        tool = reply.stop in {"tool_use", "max_tokens"}
        block = (
            {"type": "tool_use", "id": "toolu_1", "name": "emit_operations", "input": {}}
            if tool
            else {"type": "text", "text": ""}
        )
        yield _event(
            {"type": "content_block_start", "index": 0, "content_block": block},
            "content_block_start",
        )
        for piece in _pieces(reply.text):
            delta = (
                {"type": "input_json_delta", "partial_json": piece}
                if tool
                else {"type": "text_delta", "text": piece}
            )
            yield _event(
                {"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta"
            )
        yield _event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    delta = {"stop_reason": reply.stop, "stop_sequence": None}
    if reply.stop == "refusal":
        delta["stop_details"] = {"type": "refusal", "category": "cyber"}  # type: ignore[assignment]
    usage = {"output_tokens": received} if reply.counted else {}
    yield _event({"type": "message_delta", "delta": delta, "usage": usage}, "message_delta")
    yield _event({"type": "message_stop"}, "message_stop")


_HEAD = {"id": "chatcmpl-1", "created": 1_700_000_000, "model": "m"}


def _completion_usage(reply: Reply) -> dict[str, int]:
    sent, received = _counts(reply)
    return {
        "prompt_tokens": sent,
        "completion_tokens": received,
        "total_tokens": sent + received,
    }


def _completion(reply: Reply) -> dict[str, Any]:
    refused = reply.stop == "refusal"
    message = {
        "role": "assistant",
        "content": None if refused else reply.text,
        "refusal": "I cannot help with that." if refused else None,
    }
    choice = {
        "index": 0,
        "finish_reason": _FINISH[reply.stop],
        "message": message,
        "logprobs": None,
    }
    usage = {"usage": _completion_usage(reply)} if reply.counted else {}
    return {**_HEAD, "object": "chat.completion", "choices": [choice], **usage}


def _completion_stream(reply: Reply) -> Iterator[bytes]:
    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _event({**_HEAD, "object": "chat.completion.chunk", "choices": [choice]})

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    if reply.stop == "refusal":
        yield chunk({"refusal": "I cannot "})
        yield chunk({"refusal": "help with that."})
    else:
        for piece in _pieces(reply.text):
            yield chunk({"content": piece})
    yield chunk({}, _FINISH[reply.stop])
    if reply.counted:
        usage = _completion_usage(reply)
        yield _event({**_HEAD, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


_WHOLE = {"anthropic": _message, "openai": _completion}
_STREAMS = {"anthropic": _message_stream, "openai": _completion_stream}


def _try_sdks() -> None:
    """Ask the emulators through the official clients, and print what these made of the replies."""
    import anthropic  # type: ignore[import-not-found]  # noqa: PLC0415  not of this project
    import openai  # type: ignore[import-not-found]  # noqa: PLC0415

    role = {"op": "add_role", "key": "guide", "title": "Führer", "signup": "none", "sentence": 0}
    tool = {"name": "emit_operations", "description": "d", "input_schema": {"type": "object"},
            "strict": True}  # fmt: skip
    asked: dict[str, Any] = {
        "model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "x"}],
        "tools": [tool], "tool_choice": {"type": "tool", "name": "emit_operations"},
    }  # fmt: skip
    empty = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    form = {
        "type": "json_schema",
        "json_schema": {"name": "n", "strict": True, "schema": empty},
    }
    for reply in (says(role), REFUSES, TRUNCATES):
        with LlmServer("anthropic", reply) as server:
            client = anthropic.Anthropic(api_key=KEY, base_url=server.url, max_retries=0)
            whole = client.messages.create(**asked)
            print("anthropic whole", whole.stop_reason, whole.content, whole.usage.input_tokens)
            with client.messages.stream(**asked) as stream:
                final = stream.get_final_message()
            print("anthropic streamed", final.stop_reason, final.content, final.usage.output_tokens)
        with LlmServer("openai", reply) as server:
            other = openai.OpenAI(api_key=KEY, base_url=server.url, max_retries=0)
            talk = {"model": "m", "messages": asked["messages"], "response_format": form}
            completion = other.chat.completions.create(**talk)
            print("openai whole", completion.choices[0], completion.usage)
            chunks = other.chat.completions.create(
                **talk, stream=True, stream_options={"include_usage": True}
            )
            seen = list(chunks)
            text = "".join(c.choices[0].delta.content or "" for c in seen if c.choices)
            print("openai streamed", repr(text), seen[-1].usage)
    for status, kind in (
        (401, "AuthenticationError"),
        (429, "RateLimitError"),
        (529, "Overloaded"),
    ):
        with LlmServer("anthropic", fails(status)) as server:
            client = anthropic.Anthropic(api_key=KEY, base_url=server.url, max_retries=0)
            try:
                client.messages.create(**asked)
            except anthropic.APIStatusError as error:
                print(status, kind, type(error).__name__, error.body)
    begun = time.monotonic()
    with LlmServer("openai", [fails(429, retry_after_ms="50"), says(role)]) as server:
        other = openai.OpenAI(api_key=KEY, base_url=server.url)
        other.chat.completions.create(model="m", messages=asked["messages"], response_format=form)
        print("openai retried after", round(time.monotonic() - begun, 2), len(server.requests))


if __name__ == "__main__":
    _try_sdks()
