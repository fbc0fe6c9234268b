import process from 'node:process';

/**
 * Where several workers test at once, each has a database of its own: DATABASE_URL_1, DATABASE_URL_2 …
 * Its connections stay open from one file of tests to the next, and end with the worker.
 */
process.env.DATABASE_URL = process.env[`DATABASE_URL_${process.env.VITEST_POOL_ID}`] ?? process.env.DATABASE_URL;
