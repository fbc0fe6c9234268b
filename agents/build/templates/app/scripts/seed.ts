/**
 * npm run seed   makes a demonstration account with records to look at.
 *
 * The password is SEED_PASSWORD, or a new one that is printed once. Running it again changes
 * nothing.
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { closeDb } from '../server/db';
import { seed } from '../server/seed';

const password = process.env.SEED_PASSWORD ?? randomBytes(9).toString('base64url');
const result = await seed({ email: 'demo@example.com', name: 'Demo', password });
await closeDb();
for (const [title, count] of Object.entries(result.added)) console.log(`${title}: ${count} added`);
console.log(result.created ? `log in as demo@example.com with the password ${password}` : 'the account demo@example.com was there already: nothing was changed');
