/**
 * Source maps, kept out of what is published: `dist/sourcemaps` holds them by the path of their
 * script. A script and its map carry the same debug id, by which who takes errors finds the map.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const folder = 'dist/sourcemaps';

interface SourceMap {
  mappings: string;
  sources: string[];
  sourcesContent?: (string | null)[];
  [key: string]: unknown;
}

/** A UUID of the script's content, so that the same build has the same ids. */
function debugId(code: string): string {
  const hex = createHash('sha256').update(code).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** One line that tells error SDKs which script it is in: they know their own frames by a stack. */
const telling = (id: string) => `;(()=>{try{(globalThis._sentryDebugIds??={})[new Error().stack]="${id}"}catch{}})();`;

/** The sources of a map by their path in the app; those of packages without their content. */
function own(map: SourceMap, place: string): Pick<SourceMap, 'sources' | 'sourcesContent'> {
  const sources = map.sources.map((source) => relative('.', join(dirname(place), source)).split(sep).join('/'));
  const content = (source: string, index: number) => {
    if (source.includes('node_modules/')) return null;
    return map.sourcesContent?.[index] ?? (existsSync(source) ? readFileSync(source, 'utf8') : null);
  };
  return { sources, sourcesContent: sources.map(content) };
}

function keep(script: string): void {
  const place = `${script}.map`;
  // Made already, or made without one.
  if (!existsSync(place)) return;
  const code = readFileSync(script, 'utf8');
  const map = JSON.parse(readFileSync(place, 'utf8')) as SourceMap;
  const id = debugId(code);
  writeFileSync(script, `${telling(id)}\n${code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')}\n//# debugId=${id}\n`);
  const kept = join(folder, relative('dist', place));
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, JSON.stringify({ ...map, ...own(map, place), mappings: `;${map.mappings}`, debug_id: id, debugId: id }));
  rmSync(place);
}

const scriptsOf = (place: string, end: string) => (existsSync(place) ? readdirSync(place).filter((name) => name.endsWith(end)).map((name) => `${place}/${name}`) : []);

/** Takes the source maps of a build out of the folders that are published or run. */
export function keepSourceMaps(): void {
  const scripts = [...scriptsOf('dist/public/assets', '.js'), 'dist/server.mjs', ...scriptsOf('dist/functions', '.mjs')];
  if (scripts.some((script) => existsSync(`${script}.map`))) rmSync(folder, { recursive: true, force: true });
  for (const script of scripts) keep(script);
}
