"""What is looked at before a folder is sent: what is found, and what is no reason to stop."""

from __future__ import annotations

import subprocess

import pytest

from agents.build.generator import generate
from agents.deployment import commits, validation
from agents.deployment.cli import Refused, look
from agents.deployment.validation import Commit, findings
from bus.settings import Settings
from tests.support.builder import model

pytestmark = pytest.mark.timeout(120)
DIRTY = Commit("3f9c1a7e", dirty=("src/a.ts", "b.ts"))
# Put together here, so that no scanner takes this file for one that holds a secret.
TOKENS = {
    "an AWS access key": "AKIA" + "Q3EGZ7K2M5N8P4RT",
    "a GitHub token": "ghp" + "_" + "a1B2" * 10,
    "a GitLab token": "glpat" + "-" + "a1B2" * 6,
    "a Slack token": "xoxb" + "-1234567890-abcdefghijkl",
    "a Stripe key": "sk" + "_live_" + "a1B2" * 6,
    "a Google API key": "AIza" + "a1B2c" * 7,
    "a SendGrid key": "SG" + "." + "a1" * 11 + "." + "b" * 43,
    "an npm token": "npm" + "_" + "a1B2" * 9,
    "a Netlify token": "nfp" + "_" + "a1B2" * 10,
    "an Anthropic key": "sk-ant" + "-api03-" + "a1B2" * 12,
    "an OpenAI key": "sk-" + "a1B2c" * 4 + "T3BlbkFJ" + "a1B2c" * 4,
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIE" * 10,
}


def problems(files, commit=Commit(), production=True):  # noqa: B008  # immutable
    return [f"{one.check}: {one.problem}" for one in findings(files, commit, production=production)]


@pytest.mark.parametrize("kind", TOKENS)
def test_a_secret_is_found_by_its_kind_and_never_shown(kind):
    files = {"src/a.ts": f"// first\nconst key = '{TOKENS[kind]}'\n".encode()}
    (said,) = problems(files)
    assert said == f"secrets: src/a.ts:2 holds {kind}"


@pytest.mark.parametrize("name", [".env", ".env.production", "server/.env.local"])
def test_a_file_of_secrets_is_found_whatever_it_holds(name):
    assert problems({name: b"A=1"}) == [f"secrets: {name} is a file of secrets"]


@pytest.mark.parametrize(
    "files",
    [
        {".env.example": b"STRIPE_KEY="},
        {"README.md": b"for instance AKIAIOSFODNN7EXAMPLE, or ghp_yourtoken"},
        {"src/a.ts": b"sk_test_4eC39HqLyjWDarjtT1zdp7dc"},
        {"src/environment.ts": b"export {}"},
    ],
)
def test_what_only_looks_like_a_secret_is_let_pass(files):
    assert problems(files) == []


@pytest.mark.parametrize("name", ["recipes", "store"])
def test_no_app_of_ours_has_anything_against_it(name):
    files = generate(model(name))
    assert problems(files) == []
    assert "DATABASE_URL" in validation.variables(files)


def test_too_much_is_named_with_what_is_largest(monkeypatch):
    monkeypatch.setattr(validation, "MOST_BYTES", 100)
    monkeypatch.setattr(validation, "MOST_FILES", 1)
    size, number = problems({"big.bin": b"1" * 90, "small.txt": b"2" * 20})
    assert "big.bin, small.txt" in size
    assert "2 files" in number


def test_what_is_not_committed_stops_production_only():
    assert problems({}, DIRTY) == ["git: changes are not committed: src/a.ts, b.ts"]
    assert problems({}, DIRTY, production=False) == []
    assert DIRTY.name == "3f9c1a7e+"


def test_a_check_is_left_out_by_its_name_alone(tmp_path):
    files, settings = {".env.local": b"A=1"}, Settings(genesis_home=tmp_path)
    assert look(settings, tmp_path, files, production=True, skip=()).findings
    assert not look(settings, tmp_path, files, production=True, skip=("secrets",)).findings
    with pytest.raises(Refused, match="no check 'everything'"):
        look(settings, tmp_path, files, production=True, skip=("everything",))


def test_git_says_the_commit_what_changed_and_what_is_not_committed(tmp_path):
    assert commits.read(tmp_path) == Commit()

    def git(*arguments):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "a.txt").write_text("1")
    git("add", ".")
    git("commit", "-qm", "Begin with one")
    found = commits.read(tmp_path)
    assert len(found.id) == 40
    assert (found.dirty, found.changes) == ((), ("Begin with one",))
    (tmp_path / "a.txt").write_text("2")
    assert commits.read(tmp_path).dirty == ("a.txt",)
