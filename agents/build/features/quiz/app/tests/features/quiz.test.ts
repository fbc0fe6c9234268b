import { describe, expect, it } from 'vitest';
import { type Row, reach } from '../../shared/entity';
import type { Attempt, Offer, Sheet } from '../../shared/features/quiz';
import { paper } from '../../shared/features/quizzes';
import { entityOf } from '../../shared/model';
import { defaultRole } from '../../shared/app';
import { asUser } from '../../server/db';
import { type Client, guest, signedUp } from '../support/client';
import { author, inputFor } from '../support/records';

const quiz = entityOf(paper.quiz);
const question = entityOf(paper.question);
const field = question.fields[paper.answer];

/** The right answer of the questions made here, as they are stored and as takers send it. */
function answers(): { stored: unknown; right: string[]; wrong: string[]; options: string[] } {
  const choices = field?.options ?? [];
  switch (field?.type) {
    case 'boolean': return { stored: true, right: ['true'], wrong: ['false'], options: ['true', 'false'] };
    case 'choice': return { stored: choices[0], right: [String(choices[0])], wrong: ['something else'], options: [...choices] };
    case 'integer':
    case 'decimal': return { stored: field.min ?? 1, right: [String(field.min ?? 1)], wrong: ['-77'], options: ['-77', String(field.min ?? 1)] };
    case 'tags': return { stored: ['Secret one', 'Secret two'], right: ['Secret two', 'Secret one'], wrong: ['Secret one'], options: ['Secret one', 'Secret two', 'Other'] };
    default: return { stored: 'Secret one', right: [' secret ONE '], wrong: ['Other'], options: ['Other', 'Secret one'] };
  }
}

/** Where every question must have choices, the right one is among them. */
const listed = question.fields[paper.options]?.required === true;

/** A quiz with two questions by an author, and somebody else who may take it. */
async function exam(withOptions = true) {
  const writer = await author(question);
  if (!writer) return null;
  const { stored, options } = answers();
  const first = await inputFor(question, writer);
  const id = String(first[paper.column] ?? '');
  const fixed = { [paper.column]: id, [paper.answer]: stored, ...(paper.options ? { [paper.options]: withOptions || listed ? options : [] } : {}) };
  const made = [];
  for (let count = 0; count < 2; count += 1) made.push(await writer.json<Row>('POST', `/${question.path}`, { ...(await inputFor(question, writer)), ...fixed }));
  const taker = await signedUp(defaultRole);
  if (!id || reach(quiz, 'read', taker.user) !== 'all') return null;
  return { writer, taker, made, path: `/${quiz.path}/${id}/quiz`, id };
}

const hand = (client: Client, path: string, given: Record<string, string[]>) => client.call('POST', path, { answers: given });

describe('a quiz', () => {
  it('is marked by the server, each question by itself', async (test) => {
    const set = await exam();
    if (!set) return test.skip('nobody may write a quiz that others take');
    const { right, wrong } = answers();
    const [one = '', two = ''] = set.made.map((row) => row.id);
    const marked = (await (await hand(set.taker, set.path, { [one]: right, [two]: wrong })).json()) as Attempt;
    expect(marked).toMatchObject({ score: 1, total: 2, results: { [one]: true, [two]: false }, mine: true });
    const offers = await set.taker.json<Offer[]>('GET', '/app/quiz');
    expect(offers.find((offer) => offer.id === set.id)).toMatchObject({ questions: 2, attempts: 1, best: 1 });
    const other = await signedUp(defaultRole);
    expect((await other.json<Sheet>('GET', set.path)).attempts).toEqual([]);
    const admin = await signedUp('admin');
    if (reach(quiz, 'read', admin.user) === 'all') expect((await admin.json<Sheet>('GET', set.path)).attempts).toHaveLength(1);
  });

  it('never tells its takers the answers', async (test) => {
    const set = await exam(false);
    if (!set) return test.skip('nobody may write a quiz that others take');
    const sheet = await set.taker.json<Sheet>('GET', set.path);
    expect(sheet.questions.map((each) => Object.keys(each).toSorted())).toEqual([['id', 'kind', 'options', 'text'], ['id', 'kind', 'options', 'text']]);
    if (!listed) expect(JSON.stringify(sheet)).not.toContain('Secret');
    const id = set.made[0]?.id ?? '';
    expect([403, 404]).toContain((await set.taker.call('GET', `/${question.path}/${id}`)).status);
    const seen = await asUser(set.taker.user, async (tx) => [await tx`select * from ${tx(question.table)} where id = ${id}`, await tx`select * from app_quiz_answers`]);
    expect(seen.flat()).toEqual([]);
    expect(JSON.stringify(await (await hand(set.taker, set.path, {})).json())).not.toContain('Secret');
    expect((await guest().call('POST', set.path, { answers: {} })).status).toBe(401);
  });

  it('takes what is sent for no more than answers', async (test) => {
    const set = await exam();
    if (!set) return test.skip('nobody may write a quiz that others take');
    for (const wrong of [{}, { answers: 'all right' }, { answers: { x: 'y' } }, { answers: { x: ['y'.repeat(1_001)] } }]) expect((await set.taker.call('POST', set.path, wrong)).status).toBe(422);
    const forged = await asUser(set.taker.user, (tx) => tx`insert into app_quiz_attempts (quiz_id, answers, score, total) values (${set.id}, '{}', 99, 99) returning score, total`);
    expect(forged).toEqual([{ score: 0, total: 2 }]);
    expect(await asUser(set.taker.user, (tx) => tx`update app_quiz_attempts set score = 2 returning id`)).toHaveLength(0);
  });

  it('is taken as often as permitted, also by those who try at once', async (test) => {
    const set = paper.attempts > 0 && paper.attempts <= 20 ? await exam() : null;
    if (!set) return test.skip('it may be taken as often as one likes');
    const answered = await Promise.all(Array.from({ length: paper.attempts + 3 }, () => hand(set.taker, set.path, {})));
    expect(answered.filter((each) => each.status === 201)).toHaveLength(paper.attempts);
    expect(answered.filter((each) => each.status === 409)).toHaveLength(3);
    expect((await set.taker.json<Sheet>('GET', set.path)).left).toBe(0);
  });
});
