"""Who somebody is in the app: the roles of the idea and of its patterns, and who may sign up."""

from __future__ import annotations

from typing import Literal

from contracts.model import Role
from contracts.scouting import RoleDraft, ScoutReport

TAKEN = frozenset({"admin", "member", "guest", "owner", "system", "user"})
_SELF = frozenset(
    {"applicant", "attendee", "backer", "buyer", "candidate", "client", "customer", "delegate",
     "donor", "fan", "freelancer", "job_seeker", "learner", "parent", "participant", "patient",
     "player", "reader", "renter", "shopper", "student", "subscriber", "supporter",
     "tenant", "traveller", "traveler", "volunteer"}
)  # fmt: skip
"""People who come to an app by themselves; others are let in."""
_ADMIN = Role(key="admin", title="Administrator")


def roles_of(report: ScoutReport) -> tuple[Role, ...]:
    """`admin`, `member` and the rest; the one role that people sign up as is the default."""
    drafts = _drafts(report)
    found: dict[str, Role] = {}
    for said in report.roles:
        if said.key not in TAKEN:
            found[said.key] = Role(
                key=said.key, title=said.title, signup=_signup(said.key, drafts.get(said.key))
            )
    for pattern in report.patterns:
        for key, draft in pattern.roles.items():
            always = draft.presence == "always" and pattern.role == "primary"
            if always and key not in found and key not in TAKEN:
                found[key] = Role(key=key, title=draft.title, signup=_signup(key, draft))
    own = [key for key, role in found.items() if role.signup == "open"]
    named = [key for key in own if key in {role.key for role in report.roles}]
    default = named[0] if len(named) == 1 and len(own) == 1 else "member"
    member = Role(
        key="member", title="Member", signup="open" if default == "member" else "none",
        is_default=default == "member",
    )  # fmt: skip
    return (
        _ADMIN,
        member,
        *(
            Role(key=r.key, title=r.title, signup=r.signup, is_default=r.key == default)
            for r in found.values()
        ),
    )


def _drafts(report: ScoutReport) -> dict[str, RoleDraft]:
    found: dict[str, RoleDraft] = {}
    for pattern in report.patterns:
        for key, draft in pattern.roles.items():
            for name in (key, *draft.synonyms):
                found.setdefault(name.replace(" ", "_"), draft)
    return found


def _signup(key: str, draft: RoleDraft | None) -> Literal["open", "invite", "none"]:
    if key in _SELF or (draft is not None and draft.signup == "open"):
        return "open"
    return draft.signup if draft is not None else "invite"
