"""Questions about records, answered by a language model. Pure."""

from __future__ import annotations

from agents.build.render.literals import ts
from agents.build.structure import Design, Serving

_TABLES = """\
create table app_ai_uses (
  owner_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  day date not null default current_date,
  count integer not null default 1,
  primary key (owner_id, day)
);
alter table app_ai_uses enable row level security;
alter table app_ai_uses force row level security;
create policy app_ai_uses_own on app_ai_uses
  using (owner_id = (select app_user_id())) with check (owner_id = (select app_user_id()));
"""


def serve(design: Design) -> Serving | None:
    """The feature `ai` with `entities`."""
    tables = design.served("ai")
    if not tables:
        return None
    titles = ", ".join(table.entity.title_plural for table in tables)
    return Serving(
        about=f"Members ask questions about {titles}; a language model answers from what they may"
        " see of the record, a number of times a day.",
        files={
            "shared/features/ai.ts": "/** Entities about whose records one may ask. */\n"
            f"export const asked: readonly string[] = {ts([table.key for table in tables])};\n"
        },
        migrations={"ai": (_TABLES, "drop table app_ai_uses;\n")},
        notes=("Answers to questions are simulated until AI_API_KEY and AI_MODEL are set",),
        env=(
            "# Answers to questions: any service with OpenAI's chat completions.",
            "# AI_API_KEY=…",
            "# AI_MODEL=…",
            "# AI_BASE_URL=https://api.openai.com/v1",
            "# How often one person may ask in a day.",
            "# AI_DAILY_LIMIT=20",
        ),
    )
