import { createHash, randomBytes } from 'node:crypto';

/** 256 bits that nobody guesses, as they go into a cookie or a link. */
export const newToken = () => randomBytes(32).toString('base64url');

/** What the database holds of a token: a copy of it opens nothing. */
export const digest = (token: string) => createHash('sha256').update(token).digest('hex');
