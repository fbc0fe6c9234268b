import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { errorsOf } from '../../shared/entity';
import type { Attempt, Offer, Question, Sheet } from '../../shared/features/quiz';
import { paper } from '../../shared/features/quizzes';
import { entityOf } from '../../shared/model';
import { asUser, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { alive, labelOf, mine } from '../queries';
import { guard, missing, one, uuid } from '../records';

const entity = entityOf(paper.quiz);
const text = v.pipe(v.string('Answers are texts'), v.maxLength(1_000, 'An answer must have at most 1000 characters'), v.check((value) => !value.includes('\0'), 'An answer holds a character that cannot be stored'));
const input = v.object({ answers: v.pipe(v.record(v.string(), v.pipe(v.array(text, 'Answers are lists'), v.maxLength(100, 'There are too many answers'))), v.check((answers) => Object.keys(answers).length <= 1_000, 'There are too many answers')) });

const attempt = (tx: Tx) => tx`a.id, coalesce(p.name, 'Somebody') as author, a.owner_id = app_user_id() as mine, a.score, a.total, a.results, a.created_at`;

async function sheet(tx: Tx, id: string): Promise<Sheet> {
  // Authors tend to write the right answer first: everybody gets the options in another order.
  const questions = await tx<Question[]>`select question_id as id, text, kind,
      array(select option from unnest(options) option order by md5(question_id::text || option)) as options
    from app_quiz_questions where quiz_id = ${id} order by place, question_id`;
  const attempts = await tx<Attempt[]>`select ${attempt(tx)} from app_quiz_attempts a left join app_people p on p.id = a.owner_id
    where a.quiz_id = ${id} order by a.created_at desc, a.id desc limit 200`;
  const [own] = await tx`select count(*)::int as count from app_quiz_attempts where quiz_id = ${id} and owner_id = app_user_id()`;
  return { questions: [...questions], attempts: [...attempts], left: paper.attempts > 0 ? Math.max(0, paper.attempts - Number(own?.count)) : null };
}

const routes = new Hono<Env>();
const base = `/${entity.path}/${uuid}/quiz` as const;
const idOf = (c: Context) => c.req.param('id') ?? '';

routes.get(base, async (c) => {
  const user = c.get('user');
  guard(entity, 'read', user);
  return asUser(user, async (tx) => {
    if (!(await one(tx, entity, user, idOf(c)))) missing(entity);
    return c.json(await sheet(tx, idOf(c)));
  });
});

routes.post(base, async (c) => {
  const user = c.get('user') ?? fail(401, 'Please log in');
  guard(entity, 'read', user);
  const given = v.safeParse(input, await body(c));
  if (!given.success) return invalid(c, errorsOf(given.issues));
  const id = idOf(c);
  const saving = asUser(user, async (tx) => {
    if (!(await one(tx, entity, user, id))) missing(entity);
    const [made] = await tx`insert into app_quiz_attempts (quiz_id, answers) values (${id}, ${tx.json(given.output.answers)}) returning id`;
    const [marked] = await tx<Attempt[]>`select ${attempt(tx)} from app_quiz_attempts a left join app_people p on p.id = a.owner_id where a.id = ${String(made?.id)}`;
    return marked;
  });
  const marked = await saving.catch((error: { constraint_name?: string }) => {
    if (error.constraint_name === 'app_quiz_limit') return fail(409, 'You have no attempt left');
    throw error;
  });
  return c.json(marked, 201);
});

routes.get('/app/quiz', async (c) => {
  const user = c.get('user');
  const far = guard(entity, 'list', user);
  const offers = await asUser(user, (tx) => tx<Offer[]>`
    select t.id, ${labelOf(tx, entity, 't')} as label, (select count(*)::int from app_quiz_questions q where q.quiz_id = t.id) as questions,
      count(a.id)::int as attempts, max(a.score) as best
    from ${tx(entity.table)} t left join app_quiz_attempts a on a.quiz_id = t.id and a.owner_id = app_user_id()
    where ${alive(tx, entity)} and ${far === 'own' ? mine(tx, entity, 't') : tx`true`}
    group by t.id order by 2, 1 limit 500`);
  return c.json([...offers]);
});

/** Questions to answer, marked by the database. */
export const feature: ServerFeature = { routes };
