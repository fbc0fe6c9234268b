"""What becomes of each file when an app is generated anew into a folder that its owner changed."""

from __future__ import annotations

import pytest

from agents.build import record, threeway
from agents.build.merge import decide, marked


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "kind"),
    [
        (b"a", b"a", b"a", "keep"),
        (b"a", b"b", b"a", "update"),
        (b"a", b"a", b"c", "keep"),
        (b"a", b"b", b"c", "merge"),
        (b"a", b"b", b"b", "keep"),
        (None, b"b", None, "add"),
        (None, b"b", b"c", "merge"),
        (None, b"b", b"b", "keep"),
        (b"a", b"a", None, "absent"),
        (b"a", b"b", None, "absent"),
        (b"a", None, None, "absent"),
        (b"a", None, b"a", "delete"),
        (b"a", None, b"c", "conflict"),
        (b"a\0", b"b\0", b"c\0", "conflict"),
        (b"a", b"b", b"\xff", "conflict"),
        (b"a\0", b"b\0", b"a\0", "update"),
    ],
)
def test_each_case_of_base_generated_and_own(base, theirs, ours, kind):
    files = [{"f": content} if content is not None else {} for content in (base, theirs, ours)]
    (action,) = decide(*files)
    assert (action.path, action.kind) == ("f", kind)


def test_files_that_were_never_generated_are_not_touched():
    assert decide({}, {}, {"mine.ts": b"mine"}) == ()


def test_what_was_deleted_and_is_different_now_is_told():
    (action,) = decide({"f": b"a"}, {"f": b"b"}, {})
    assert action.why == "you deleted it; it is generated differently now"


BASE = b"one\ntwo\nthree\nfour\nfive\n"


def test_changes_in_different_places_are_both_kept():
    theirs, ours = BASE.replace(b"one", b"ONE"), BASE.replace(b"five", b"FIVE")
    assert threeway.merged(BASE, theirs, ours) == (b"ONE\ntwo\nthree\nfour\nFIVE\n", 0)


def test_changes_in_the_same_place_are_marked_with_all_three_versions():
    content, conflicts = threeway.merged(
        BASE, BASE.replace(b"three", b"3"), BASE.replace(b"three", b"III")
    )
    assert conflicts == 1
    assert content.decode() == (
        "one\ntwo\n<<<<<<< yours\nIII\n||||||| generated before\nthree\n=======\n3\n"
        ">>>>>>> generated now\nfour\nfive\n"
    )
    assert marked(content)
    assert not marked(b"a line\n=======\n")


def test_without_git_it_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(threeway.GitMissing, match="git is not installed"):
        threeway.merged(b"a\n", b"b\n", b"c\n")


def test_a_record_gives_back_what_was_generated_and_is_the_same_each_time():
    files = {"src/a.ts": b"a\n", "public/b.png": b"\0\1"}
    made = record.record(files, b"{}", "1")
    assert made == record.record(dict(reversed(files.items())), b"{}", "1")
    assert record.generated(made | {"mine": b""}) == files


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({record.BASE: None}, "it has no"),
        ({record.MANIFEST: b"{"}, "cannot be read"),
        ({record.BASE: b"no archive"}, "cannot be read"),
        (
            {record.MANIFEST: b'{"generator": "1", "model": "", "files": {}}'},
            "do not belong together",
        ),
    ],
)
def test_a_damaged_record_is_refused(change, why):
    made = record.record({"a": b"a"}, b"{}", "1") | change
    with pytest.raises(record.RecordError, match=why):
        record.generated({path: content for path, content in made.items() if content is not None})
