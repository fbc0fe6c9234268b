/** npm run role -- somebody@example.com admin   gives an account a role. */
import process from 'node:process';
import { roles } from '../shared/app';
import { closeDb, withSettings } from '../server/db';

const [email = '', role = ''] = process.argv.slice(2);
const known = roles.map(({ key }) => key);
if (!email || !known.includes(role)) throw new Error(`use: npm run role -- <e-mail address> <${known.join('|')}>`);
const changed = await withSettings({ role: 'admin' }, (tx) => tx`update app_users set role = ${role} where email = ${email.toLowerCase()} returning id`);
await closeDb();
if (changed.length === 0) throw new Error(`there is no account ${email}`);
console.log(`${email} is now ${role}`);
