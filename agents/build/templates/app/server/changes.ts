import type { User } from '../shared/entity';
import type { Tx } from './db';
import type { Change, News } from './feature';
import { features } from './features';

/** Tells every feature of a change, in its transaction. */
export async function tell(tx: Tx, user: User | null, change: Change): Promise<void> {
  for (const { changed } of features) await changed?.(tx, user, change);
}

/** Lets somebody know of something, by whatever ways this app has. */
export async function announce(tx: Tx, news: News): Promise<void> {
  for (const { heard } of features) await heard?.(tx, news);
}
