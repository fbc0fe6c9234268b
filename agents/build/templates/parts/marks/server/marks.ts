import { type Entity, reach, type User } from '../shared/entity';
import { fail } from './http';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The ids of `?ids=a,b`, at most 100; what is no id is left out. */
export const idsOf = (text: string | undefined): string[] => (text ?? '').split(',').filter((id) => uuid.test(id)).slice(0, 100);

/** Whether somebody may see any of the records; which ones, the policies of the database say. */
export function guardSeen(entity: Entity, user: User | null): void {
  if (reach(entity, 'list', user) === 'none' && reach(entity, 'read', user) === 'none') fail(user ? 403 : 401, user ? 'You may not do this' : 'Please log in');
}
