"""Who may do what with a kind of record: from how it is shared, and from who acts in the idea."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from agents.plan.kinds import Kind
from contracts.model import Access, Ownership
from contracts.scouting import Operation, ScoutReport, Sharing

ADMIN = "admin"
_PEOPLE = ("owner", "member", "guest")


class Rights:
    """The five lists while they grow; an administrator is in every one that changes something."""

    def __init__(self, sharing: Sharing, writers: Sequence[str]) -> None:
        keepers = [*writers, ADMIN]
        self.lists: dict[str, list[str]]
        match sharing:
            case "private":
                own = ["owner", *keepers]
                self.lists = {a: list(own) for a in ("list", "read", "update", "delete")}
                self.lists["create"] = ["member"]
            case "members":
                self.lists = {a: ["member"] for a in ("list", "read", "create")}
                self.lists["update"] = ["owner", *keepers]
                self.lists["delete"] = ["owner", *keepers]
            case "team":
                self.lists = {a: ["member"] for a in ("list", "read", "create", "update")}
                self.lists["delete"] = keepers
            case "catalogue":
                self.lists = {a: ["member"] for a in ("list", "read")}
                self.lists |= {a: list(keepers) for a in ("create", "update", "delete")}

    def allow(self, action: str, who: str) -> None:
        """Let somebody in, unless a wider word already does."""
        listed = self.lists[action]
        if who not in listed and "member" not in listed and "guest" not in listed:
            listed.append(who)

    def open(self) -> None:
        """Let anyone look."""
        for action in ("list", "read"):
            if "guest" not in self.lists[action]:
                self.lists[action] = ["guest", *(w for w in self.lists[action] if w != "owner")]

    def access(self) -> Access:
        return Access(**{action: tuple(words) for action, words in self.lists.items()})


def private(report: ScoutReport) -> bool:
    """Whether everything is each person's own: the idea says so, and opens nothing to all."""
    return bool(report.private) and not report.public


def sharing_of(kind: Kind, report: ScoutReport, names: dict[str, str]) -> Sharing:
    """How the kind is shared, with what the idea says about making and sharing it."""
    if private(report):
        return "private"
    sharing = kind.draft.sharing
    said = _said(kind, report, names)
    makers = {o.actor for o in said if o.verb in {"create", "manage"} and o.actor}
    if not kind.origin and sharing in {"private", "team"} and makers == {ADMIN}:
        return "catalogue"
    if any(o.only and o.actor == ADMIN and o.verb in {"create", "manage"} for o in said):
        return "catalogue"
    chosen = {n for f in report.features if f.key == "share_chosen" for n in f.sentences}
    shared = {n for f in report.features if f.key == "sharing" for n in f.sentences} - chosen
    if sharing == "private" and shared & kind.sentences:
        return "members"
    return sharing


def rights(
    kind: Kind,
    report: ScoutReport,
    names: dict[str, str],
    roles: AbstractSet[str],
    sharing: Sharing,
) -> Access:
    """The access lists of a kind; `names` leads from the report's words to kinds."""
    alone = private(report)
    result = Rights(sharing, [w for w in kind.draft.writers if w in roles and not alone])
    if alone:
        return result.access()
    for operation in _said(kind, report, names):
        _apply(result, operation, roles)
    if kind.draft.open or _public(kind, report):
        result.open()
    return result.access()


def with_parent(own: Access, parent: Access) -> Access:
    """The rights of a part: who sees the whole sees it, who changes the whole writes it.

    What the idea says of the part itself stays: a role that it lets in is let in.
    """
    widest = {"guest", "member"}
    added = [w for w in own.create if w not in widest | {"owner"} and w not in parent.update]
    writers = (*parent.update, *added)
    return Access(
        list=parent.list, read=parent.read, create=writers, update=writers, delete=writers
    )  # fmt: skip


def without_accounts(access: Access, *, personal: bool) -> Access:
    """Everybody looks and adds without signing in; what is personal is not shown to all."""
    look = access.list if personal else ("guest", "member")
    read = access.read if personal else ("guest", "member")
    create = ("guest", "member") if "member" in access.create else access.create
    return Access(
        list=look, read=read, create=create, update=access.update, delete=access.delete
    )  # fmt: skip


def ownership(sharing: Sharing) -> Ownership:
    """Whose the rows are: the one's who made them, or everybody's."""
    return "user" if sharing in {"private", "members"} else "shared"


def _said(kind: Kind, report: ScoutReport, names: dict[str, str]) -> list[Operation]:
    return [o for o in report.operations if names.get(o.entity) == kind.key]


def _apply(result: Rights, operation: Operation, roles: AbstractSet[str]) -> None:
    actor = operation.actor
    if actor not in roles or actor in {"member", "guest"}:
        return
    if operation.only and operation.verb == "create":
        result.lists["create"] = [actor] if actor == ADMIN else [actor, ADMIN]
    actions = {
        "list": ("list", "read"),
        "read": ("list", "read"),
        "create": ("create",),
        "update": ("list", "read", "update"),
        "delete": ("list", "read", "delete"),
        "manage": ("list", "read", "create", "update", "delete"),
    }[operation.verb]
    for action in actions:
        result.allow(action, actor)


def _public(kind: Kind, report: ScoutReport) -> bool:
    """Whether the idea lets anyone see these: it names them, or nothing in particular."""
    if not report.public or (kind.draft.sharing == "private" and kind.origin):
        return False
    named = {n for e in report.entities if e.score >= 1 for n in e.sentences}
    return bool(kind.sentences & set(report.public)) or not named & set(report.public)
