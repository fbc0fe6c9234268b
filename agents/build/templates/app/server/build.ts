import { readFileSync } from 'node:fs';

/** The id of this build, from `build.json` beside the server; "dev" where there is none. */
export const buildId = read();

function read(): string {
  try {
    const build = JSON.parse(readFileSync(new URL('build.json', import.meta.url), 'utf8')) as { build?: unknown };
    return typeof build.build === 'string' ? build.build : 'dev';
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return 'dev';
    throw error;
  }
}
