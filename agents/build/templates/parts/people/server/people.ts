import type { Tx } from './db';
import { fail } from './http';

/** What others see of an account. */
export interface Person {
  id: string;
  name: string;
}

/** At most 20 other people whose names hold `q`, those that begin with it first. */
export async function findPeople(tx: Tx, q: string): Promise<Person[]> {
  const text = q.trim().slice(0, 100).replaceAll('\0', '').replaceAll(/[\\%_]/g, String.raw`\$&`);
  if (text === '') return [];
  const rows = await tx<Person[]>`select id, name from app_people
    where name ilike ${`%${text}%`} and id is distinct from app_user_id() order by name ilike ${`${text}%`} desc, name, id limit 20`;
  return [...rows];
}

/** The person with an id; answers 404 when there is none to be seen. */
export async function personOf(tx: Tx, id: string): Promise<Person> {
  const [person] = await tx<Person[]>`select id, name from app_people where id = ${id}`;
  return person ?? fail(404, 'There is no such person');
}
