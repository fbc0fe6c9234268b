"""Quizzes: people answer questions, the database marks them and keeps the answers. Pure."""

from __future__ import annotations

from agents.build.features.quiz.paper import Paper, hidden, paper
from agents.build.render.literals import name, sql, ts
from agents.build.structure import Design, Route, Serving, Table
from contracts.model import AppModel


def prepare(model: AppModel) -> AppModel:
    """The model in which only authors see questions as records, since these hold the answers."""
    return hidden(model)


def serve(design: Design) -> Serving | None:
    """The feature `quiz` with the entities of the quiz and its questions, and such pages."""
    found = paper(design.model)
    if found is None:
        return None
    quiz, question = design.table(found.quiz), design.table(found.question)
    data = {
        "quiz": found.quiz, "question": found.question, "column": f"{found.relation}_id",
        "text": found.text, "answer": found.answer.key, "options": found.options,
        "attempts": found.attempts,
    }  # fmt: skip
    pages = design.pages("quiz")
    unfit = tuple(page.key for page in pages if page.entity not in (None, found.quiz))
    guests = ("guest",) if "guest" in quiz.access.list else ()
    added = Route(
        path=f"/{quiz.path}/quiz", title=quiz.entity.title_plural, kind="quiz",
        audience=(*guests, "member"), nav=True, entity=quiz.key,
    )  # fmt: skip
    limit = f", at most {found.attempts} times each" if found.attempts else ""
    return Serving(
        about=f"{quiz.entity.title_plural}: people answer the questions{limit}, the database marks"
        " them. Right answers are seen by the authors of the questions alone.",
        files={
            "shared/features/quizzes.ts": "/** The entities and fields of quizzes; `attempts` 0"
            " are as many as one likes. */\n"
            f"export const paper = {ts(data)};\n"
        },
        migrations={"quiz": _script(found, quiz, question)},
        routes=() if len(pages) > len(unfit) else (added,),
        kinds=("quiz",),
        unfit=unfit,
    )


_QUIZ = """\
-- What takers see of a question. Its answer is in a table that nobody sees, only the triggers.
create table app_quiz_questions (
  question_id uuid primary key references {question} (id) on delete cascade,
  quiz_id uuid not null references {quiz} (id) on delete cascade,
  text text not null,
  options text[] not null,
  kind text not null check (kind in ('one', 'many', 'text')),
  place integer not null
);
create index app_quiz_questions_quiz on app_quiz_questions (quiz_id);
create table app_quiz_answers (
  question_id uuid primary key references app_quiz_questions (question_id) on delete cascade,
  answer text[] not null
);
create table app_quiz_attempts (
  id uuid primary key default app_uuid(),
  quiz_id uuid not null references {quiz} (id) on delete cascade,
  owner_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  answers jsonb not null,
  score integer not null default 0,
  total integer not null default 0,
  results jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index app_quiz_attempts_quiz on app_quiz_attempts (quiz_id, owner_id);
create index app_quiz_attempts_owner on app_quiz_attempts (owner_id);

create function app_quiz_keep() returns trigger language plpgsql as $$
declare
  asked text[] := {options};
  answer text[] := {answer};
begin
  -- The right answer is among the choices even if its author forgot it there.
  if cardinality(asked) > 0 then
    asked := array(select distinct unnest(asked || answer));
  end if;
  delete from app_quiz_questions where question_id = new.id;
  if {kept} and cardinality(answer) > 0 then
    insert into app_quiz_questions (question_id, quiz_id, text, options, kind, place)
    values (new.id, new.{column}, {text}, asked, case when cardinality(asked) = 0 then 'text'
      when {many} then 'many' else 'one' end, {place});
    insert into app_quiz_answers (question_id, answer) values (new.id, answer);
  end if;
  return null;
end $$;
create trigger app_quiz_keep after insert or update on {question}
  for each row execute function app_quiz_keep();

create function app_quiz_words(words text[]) returns text[] language sql immutable
  as $$ select array(select distinct lower(btrim(word)) from unnest(words) word order by 1) $$;

-- Marks an attempt; whatever it says of its score is replaced.
create function app_quiz_mark() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(new.quiz_id::text || new.owner_id::text, 0));
  if {limit} > 0 and (select count(*) from app_quiz_attempts a
      where a.quiz_id = new.quiz_id and a.owner_id = new.owner_id) >= {limit} then
    raise exception 'no attempt is left' using errcode = '23514', constraint = 'app_quiz_limit';
  end if;
  select count(*), count(*) filter (where marked.good),
      coalesce(jsonb_object_agg(marked.question_id, marked.good), '{}')
    into new.total, new.score, new.results
    from (
      select q.question_id, app_quiz_words(a.answer) = app_quiz_words(array(
          select jsonb_array_elements_text(new.answers -> q.question_id::text))) as good
      from app_quiz_questions q join app_quiz_answers a using (question_id)
      where q.quiz_id = new.quiz_id
    ) marked;
  new.created_at := now();
  return new;
end $$;
create trigger app_quiz_mark before insert on app_quiz_attempts
  for each row execute function app_quiz_mark();

alter table app_quiz_questions enable row level security;
alter table app_quiz_questions force row level security;
create policy app_quiz_questions_select on app_quiz_questions for select
  using (pg_trigger_depth() > 0
    or exists (select 1 from {quiz} q where q.id = app_quiz_questions.quiz_id{alive}));
create policy app_quiz_questions_insert on app_quiz_questions for insert
  with check (pg_trigger_depth() > 0);
create policy app_quiz_questions_delete on app_quiz_questions for delete
  using (pg_trigger_depth() > 0);
alter table app_quiz_answers enable row level security;
alter table app_quiz_answers force row level security;
create policy app_quiz_answers_select on app_quiz_answers for select
  using (pg_trigger_depth() > 0);
create policy app_quiz_answers_insert on app_quiz_answers for insert
  with check (pg_trigger_depth() > 0);
alter table app_quiz_attempts enable row level security;
alter table app_quiz_attempts force row level security;
create policy app_quiz_attempts_select on app_quiz_attempts for select
  using (owner_id = (select app_user_id()) or (select app_role()) = 'admin');
create policy app_quiz_attempts_insert on app_quiz_attempts for insert
  with check (owner_id = (select app_user_id())
    and exists (select 1 from {quiz} q where q.id = app_quiz_attempts.quiz_id{alive}));
"""


def _script(found: Paper, quiz: Table, question: Table) -> tuple[str, str]:
    column = name(f"{found.relation}_id")
    alive = ["new.deleted_at is null"] if question.entity.soft_delete else []
    values = {
        "quiz": name(quiz.name), "question": name(question.name), "column": column,
        "options": _options(found), "answer": _answer(found), "limit": str(found.attempts),
        "many": "true" if found.answer.type == "tags" else "false",
        "text": f"coalesce(new.{name(found.text)}, '')" if found.text else "''",
        "place": f"coalesce(new.{name(found.place)}, 0)" if found.place else "0",
        "kept": " and ".join([f"new.{column} is not null", *alive]),
        "alive": " and q.deleted_at is null" if quiz.entity.soft_delete else "",
    }  # fmt: skip
    up = _QUIZ
    for key, value in values.items():
        up = up.replace(f"{{{key}}}", value)
    down = (
        "drop table app_quiz_attempts;\ndrop table app_quiz_answers;\n"
        f"drop trigger app_quiz_keep on {name(question.name)};\n"
        "drop table app_quiz_questions;\ndrop function app_quiz_mark();\n"
        "drop function app_quiz_words(text[]);\ndrop function app_quiz_keep();\n"
    )
    return up, down


def _options(found: Paper) -> str:
    if found.options:
        return f"new.{name(found.options)}"
    fixed = {"boolean": ("true", "false"), "enum": found.answer.options}.get(found.answer.type, ())
    return f"array[{', '.join(sql(each) for each in fixed)}]::text[]"


def _answer(found: Paper) -> str:
    column = f"new.{name(found.answer.key)}"
    if found.answer.type == "tags":
        return column
    return f"array_remove(array[{column}::text], null)"
