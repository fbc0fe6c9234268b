import { reach, type User } from '../../shared/entity';
import { entityOf } from '../../shared/model';
import type { PageInfo } from '../../shared/pages';

const actions = { list: 'list', detail: 'read', new: 'create', import: 'create', edit: 'update' } as const;

/** Whether a page is for somebody; the API decides on the data again. */
export function admits(page: PageInfo, user: User | null): boolean {
  const invited = page.audience.includes('guest') || (user !== null && (page.audience.includes('member') || page.audience.includes(user.role) || user.role === 'admin'));
  if (!invited) return false;
  const action = actions[page.kind as keyof typeof actions];
  return !action || !page.entity || reach(entityOf(page.entity), action, user) !== 'none';
}
