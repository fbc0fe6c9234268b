import { readFileSync } from 'node:fs';
import process from 'node:process';

/** The id of this build: from `build.json` beside the server, else APP_BUILD as functions set it; "dev" where there is neither. */
export const buildId = read() ?? process.env.APP_BUILD ?? 'dev';

function read(): string | undefined {
  try {
    const build = JSON.parse(readFileSync(new URL('build.json', import.meta.url), 'utf8')) as { build?: unknown };
    return typeof build.build === 'string' ? build.build : undefined;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}
