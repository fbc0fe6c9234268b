"""Many files by a few workers: all arrive, tries are repeated, the first that cannot ends it."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import ssl
import subprocess
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from agents.deployment import uploads
from agents.deployment.uploads import Again, GaveUp, Patience
from agents.deployment.wire import Broken, Wire, trusted
from tests.support.platform_http import Reply, Request, Server

pytestmark = pytest.mark.timeout(60)
SOON = Patience(tries=4, first=0.001, most=0.01, limit=1)


class Store:
    """A server that keeps what is put."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.http = Server(self.answer)

    def answer(self, request: Request) -> Reply:
        self.kept[request.path] = request.body
        return Reply(200, b"stored")


@pytest.fixture
def store():
    made = Store()
    made.http.start()
    yield made
    made.http.close()


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    found = {}
    for number in range(60):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"file {number}")
        found[f"/{number}"] = path
    return found


def send(wire: Wire, key: str, path: Path, _tried: int) -> None:
    try:
        answer = wire.put(key, {}, path)
    except Broken as error:
        raise Again(str(error)) from error
    if answer.status != 200:
        after = answer.headers.get("retry-after")
        raise Again(f"status {answer.status}", after=float(after) if after else None)


def to(store: Store, seconds: float = 5):
    return lambda: Wire(store.http.url, seconds=seconds)


async def test_every_file_arrives_as_it_is(store, files, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"0123456789" * 200_000)
    (tmp_path / "empty").touch()
    files |= {"/large": large, "/empty": tmp_path / "empty"}
    assert await uploads.upload(files.items(), to(store), send) == 62
    assert store.kept == {key: path.read_bytes() for key, path in files.items()}


async def test_a_connection_that_is_cut_in_the_middle_of_a_file_costs_one_more_try(store, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"0123456789" * 2_000_000)
    store.http.fail("PUT /large", cut="during", times=2)
    files = [("/large", large)]
    assert await uploads.upload(files, to(store), send, patience=SOON) == 1
    assert store.kept["/large"] == large.read_bytes()


@pytest.mark.parametrize(
    "how",
    [
        {"status": 503},
        {"cut": "before"},
        {"cut": "after"},
        {"status": 429, "headers": {"retry-after": "0.05"}},
    ],
    ids=["503", "cut before", "cut after", "429"],
)
async def test_what_fails_for_a_while_is_sent_again(store, files, how):
    store.http.fail("PUT", times=3, **how)
    assert await uploads.upload(files.items(), to(store), send, patience=SOON) == 60
    assert store.kept == {key: path.read_bytes() for key, path in files.items()}


async def test_what_always_fails_is_given_up_by_name_and_ends_the_others(store, files):
    store.http.fail("PUT /3$", 503, times=float("inf"))
    with pytest.raises(GaveUp, match="/3 could not be sent in 4 tries: status 503"):
        await uploads.upload(files.items(), to(store), send, patience=SOON)
    assert not [one for one in threading.enumerate() if one.name.startswith("upload")]


async def test_a_platform_that_asks_to_wait_too_long_is_not_waited_for(store, files):
    store.http.fail("PUT", 429, headers={"retry-after": "3600"}, times=float("inf"))
    with pytest.raises(GaveUp, match="for another 3600 s"):
        await uploads.upload(files.items(), to(store), send, patience=SOON)


async def test_a_platform_that_takes_so_many_files_a_while_gets_them_all(store, files):
    """The whole wait is longer than what one wait may be."""
    window = {"from": 0.0, "left": 0}

    def limited(request: Request) -> Reply:
        now = time.monotonic()
        if now > window["from"] + 0.1:
            window.update({"from": now, "left": 12})
        if window["left"] == 0:
            return Reply(429, headers={"retry-after": "0.1"})
        window["left"] -= 1
        return store.answer(request)

    store.http.answer = limited
    patience = Patience(tries=6, limit=0.2, total=60)
    assert await uploads.upload(files.items(), to(store), send, patience=patience) == 60
    assert len(store.kept) == 60


async def test_another_error_ends_all_at_once(store, files):
    def refuse(_wire: Wire, _key: str, _path: Path, _tried: int) -> None:
        raise PermissionError("not yours")

    with pytest.raises(PermissionError, match="not yours"):
        await uploads.upload(files.items(), to(store), refuse)


async def test_cancelling_ends_requests_that_wait_for_an_answer(store, files):
    store.http.fail("PUT", delay=50, status=200, times=float("inf"))
    task = asyncio.create_task(uploads.upload(files.items(), to(store, seconds=50), send))
    await asyncio.sleep(0.3)
    assert not store.kept
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=10)
    assert done
    assert task.cancelled()
    assert not [one for one in threading.enumerate() if one.name.startswith("upload")]


async def test_files_are_taken_one_by_one_and_not_held(store, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 20_000)
    taken = []

    def endless():
        for number in range(3000):
            taken.append(number)
            yield f"/{number}", path

    def nothing(_wire: Wire, _key: str, path: Path, _tried: int) -> None:
        path.read_bytes()
        if len(taken) == 2900:
            raise LookupError(str(tracemalloc.get_traced_memory()[1]))

    tracemalloc.start()
    try:
        with pytest.raises(LookupError) as peak:
            await uploads.upload(endless(), to(store), nothing, workers=4)
    finally:
        tracemalloc.stop()
    assert int(str(peak.value)) < 3_000_000


async def test_digests_are_of_the_bytes(files, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"ab" * 100_000)
    files["/large"] = large
    found = await uploads.digests(files)
    assert list(found) == list(files)
    for key, path in files.items():
        content = path.read_bytes()
        assert found[key] == uploads.Digest(hashlib.sha1(content).hexdigest(), len(content))


def test_an_answer_in_chunks_and_one_without_length_are_read(store, tmp_path):
    (tmp_path / "f").write_bytes(b"1")
    wire = Wire(store.http.url, seconds=5)
    chunked = {"transfer-encoding": "chunked"}
    store.http.fail("PUT", status=200, body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", headers=chunked)
    assert wire.put("/x", {}, tmp_path / "f").body == b"abcde"
    assert wire.put("/y", {}, tmp_path / "f").body == b"stored"
    wire.close()
    with pytest.raises(Broken):
        wire.put("/z", {}, tmp_path / "f")


def test_a_connection_that_was_closed_meanwhile_is_opened_again(store, tmp_path):
    (tmp_path / "f").write_bytes(b"1")
    wire = Wire(store.http.url, seconds=5)
    assert wire.put("/x", {"connection": "close"}, tmp_path / "f").status == 200
    assert wire.put("/y", {}, tmp_path / "f").status == 200
    assert set(store.kept) == {"/x", "/y"}
    wire.close()


@pytest.fixture
def certificate(tmp_path) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*new, *subject, *files], check=True, capture_output=True)
    return tmp_path / "cert.pem"


def test_nothing_is_sent_to_a_server_that_is_not_trusted(certificate, tmp_path, monkeypatch):
    store = Store()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, tmp_path / "key.pem")
    store.http.tls = tls
    store.http.start()
    url = store.http.url.replace("http:", "https:")
    (tmp_path / "f").write_bytes(b"secret" * 100_000)
    try:
        trusted.cache_clear()
        with pytest.raises(Broken, match="certificate verify failed"):
            Wire(url).put("/x", {}, tmp_path / "f")
        assert not store.kept
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted.cache_clear()
        wire = Wire(url)
        assert wire.put("/x", {}, tmp_path / "f").body == b"stored"
        wire.close()
        assert store.kept["/x"] == b"secret" * 100_000
    finally:
        store.http.close()
        trusted.cache_clear()


def test_no_header_can_end_the_head(store, tmp_path):
    (tmp_path / "f").write_bytes(b"1")
    with pytest.raises(ValueError, match="line break"):
        Wire(store.http.url).put("/x\r\nx: y", {}, tmp_path / "f")
