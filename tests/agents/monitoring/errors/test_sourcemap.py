"""Source maps: read whole, looked into, and applied to calls."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import zipfile

import pytest

from agents.monitoring.errors import bundle, chunks
from agents.monitoring.errors.bundle import BadBundle
from agents.monitoring.errors.event import ErrorEvent, Exception_, Frame
from agents.monitoring.errors.sourcemap import SourceMap, Unreadable
from agents.monitoring.errors.symbolication import symbolicated

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
DEBUG_ID = "0b0c2f3a-1f8c-4a52-9b84-8f4c94b39d10"


def vlq(value):
    """A number as source maps write it (ECMA-426)."""
    rest = -value * 2 + 1 if value < 0 else value * 2
    text = ""
    while True:
        rest, digit = rest >> 5, rest & 31
        text += DIGITS[digit | 32 if rest else digit]
        if not rest:
            return text


def written(lines):
    """Mappings of segments (column, source, line, column, name) by line, absolute."""
    last = [0, 0, 0, 0]
    out = []
    for line in lines:
        column, parts = 0, []
        for segment in line:
            text = vlq(segment[0] - column)
            column = segment[0]
            for place, value in enumerate(segment[1:]):
                text += vlq(value - last[place])
                last[place] = value
            parts.append(text)
        out.append(",".join(parts))
    return ";".join(out)


def source_map(lines, **more):
    return json.dumps(
        {
            "version": 3, "sources": ["../src/a.ts", "webpack://shop/./src/b.ts"],
            "names": ["total", "pay"], "mappings": written(lines),
            "sourcesContent": ["one\ntwo\nthree", None], **more,
        }
    ).encode()  # fmt: skip


def test_a_place_is_that_of_the_last_segment_before_it():
    found = SourceMap(source_map([[], [(4, 0, 1, 2, 0), (10, 1, 7, 0), (20,)]]))
    first = found.original(2, 5)
    assert (first.file, first.line, first.column) == ("src/a.ts", 2, 3)
    assert (first.name, first.before, first.source, first.after) == (
        "total", ("one",), "two", ("three",),
    )  # fmt: skip
    inside = found.original(2, 8)
    assert (inside.line, inside.name) == (2, "")
    second = found.original(2, 15)
    assert (second.file, second.line, second.source) == ("src/b.ts", 8, "")
    for line, column in [(1, 1), (2, 1), (2, 21), (2, 99), (3, 1), (0, 0)]:
        assert found.original(line, column) is None


def test_maps_of_any_numbers_are_read_as_they_were_written():
    chance = random.Random(3)
    lines = []
    for _ in range(200):
        columns = sorted(chance.sample(range(100_000), chance.randrange(6)))
        lines.append([
            (column, chance.randrange(2), chance.randrange(70_000), chance.randrange(70_000),
             *([chance.randrange(2)] if chance.random() < 0.3 else []))
            for column in columns
        ])  # fmt: skip
    found = SourceMap(source_map(lines))
    for number, line in enumerate(lines, 1):
        for column, source, at, across, *name in line:
            place = found.original(number, column + 1)
            assert (place.line, place.column) == (at + 1, across + 1)
            assert place.file == ("src/a.ts", "src/b.ts")[source]
            assert place.name == (("total", "pay")[name[0]] if name else "")


def test_a_map_of_sections_is_read_by_its_offsets():
    inner = json.loads(source_map([[(0, 0, 0, 0), (5, 0, 2, 0)]]))
    whole = {
        "version": 3,
        "sections": [
            {"offset": {"line": 0, "column": 0}, "map": inner},
            {"offset": {"line": 3, "column": 10}, "map": inner},
        ],
    }
    found = SourceMap(json.dumps(whole).encode())
    assert found.original(1, 6).line == 3
    assert found.original(4, 12).line == 1
    assert found.original(4, 16).line == 3
    assert found.original(4, 3) is None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b'{"version": 3, "mappings": 5}',
        source_map([], mappings="AAgggggggggg"),
        source_map([], mappings="AA"), source_map([], mappings="A*"), source_map([], mappings="g"),
        source_map([], mappings="g,A"), source_map([], mappings="ggggggggggggggA"),
        source_map([], sources=[], mappings="AA€"),
    ],
)  # fmt: skip
def test_what_is_no_source_map_is_refused(data):
    with pytest.raises(Unreadable):
        SourceMap(data)


def test_places_beyond_what_is_there_are_none():
    assert SourceMap(source_map([[(0, 7, 0, 0)]])).original(1, 1) is None
    lost = SourceMap(source_map([[(0, 0, 99, 0, 40)]])).original(1, 1)
    assert (lost.line, lost.source, lost.name) == (100, "", "")
    assert SourceMap(source_map([[(0, 0, -5, 0)]])).original(1, 1) is None


def test_a_call_is_called_as_the_frame_around_it_says():
    found = SourceMap(source_map([[(0, 0, 1, 4), (50, 0, 2, 2, 0)]]))

    def frame(column, file="app.js"):
        return Frame(file=file, function="n", line=1, column=column, in_app=True)

    thrown = Exception_(
        kind="TypeError", value="x", frames=(frame(3), frame(51), frame(1, "other.js"))
    )
    event = ErrorEvent(
        event="0" * 32, at=0, level="error", platform="javascript", release="", environment="",
        message="", exceptions=(thrown,), transaction="", tags=(), user="", url="",
        breadcrumbs=(), sdk="", trace="",
    )  # fmt: skip
    after = symbolicated(
        event, lambda file, line, column: found.original(line, column) if file == "app.js" else None
    )
    inner, outer, other = after.exceptions[0].frames
    assert (inner.file, inner.line, inner.function, inner.source) == ("src/a.ts", 2, "total", "two")
    assert inner.served == "app.js:1:3"
    assert (outer.line, outer.function) == (3, "n")
    assert other == frame(1, "other.js")


def archive(content, **manifest):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", json.dumps(manifest))
        for name, data in content.items():
            made.writestr(name, data)
    return b"SYSB\x02\0\0\0" + packed.getvalue()


def test_the_maps_of_an_archive_are_those_with_a_debug_id():
    described = {"type": "source_map", "url": "~/app.js.map"}
    data = archive(
        {"a.map": b"{}", "b.map": b"{}", "a.js": b""},
        release="shop@1",
        files={
            "a.map": {**described, "headers": {"Debug-Id": DEBUG_ID}},
            "b.map": described,
            "a.js": {"type": "minified_source", "headers": {"debug-id": DEBUG_ID}},
            "odd": 7,
        },
    )
    found = bundle.read(data)
    assert found.release == "shop@1"
    assert [(one.debug_id, one.name) for one in found.maps] == [
        (DEBUG_ID.replace("-", ""), "~/app.js.map")
    ]


def test_archives_that_are_none_or_bombs_are_refused(monkeypatch):
    monkeypatch.setattr(bundle, "MOST_FILE", 1000)
    entry = {"type": "source_map", "headers": {"debug-id": DEBUG_ID}}
    bad = [
        b"",
        b"PK",
        b"SYSB\x02\0\0\0garbage",
        archive({}, files={"missing.map": entry}),
        archive({"a.map": b"\0" * 1001}, files={"a.map": entry}),
        archive({"x" * 5: b""}, files={"a": "\0" * 2000}),
        archive({"a.map": b"{}"}, files={"a.map": entry})[:-30],
    ]
    for data in bad:
        with pytest.raises(BadBundle):
            bundle.read(data)
    many = archive({str(number): b"" for number in range(20)}, files={})
    monkeypatch.setattr(bundle, "MOST_FILES", 10)
    with pytest.raises(BadBundle):
        bundle.read(many)


def test_chunks_are_what_their_names_say():

    data = b"\r\n--x\r\n" * 10
    name = hashlib.sha1(data).hexdigest()

    def body(kind, named, content):
        head = f'--B\r\nContent-Disposition: form-data; name="{kind}"; filename="{named}"\r\n\r\n'
        return head.encode() + content + b"\r\n--B--\r\n"

    form = "multipart/form-data; boundary=B"
    assert chunks.read(form, body("file", name, data)) == {name: data}
    assert chunks.read(form, body("file_gzip", name, gzip.compress(data))) == {name: data}
    for bad in (
        ("text/plain", body("file", name, data)),
        (form, body("file", "0" * 40, data)),
        (form, body("file_gzip", name, b"no gzip")),
        (form, body("file_gzip", name, gzip.compress(bytes(9 * 2**20)))),
    ):
        with pytest.raises(chunks.BadChunk):
            chunks.read(*bad)
    assert chunks.read(form, b"") == {}
