/**
 * npm run texts   lists the words of the app that `shared/texts.ts` does not translate yet, in the
 *                 form of its lines.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { translations } from '../shared/texts';

const literal = String.raw`'((?:[^'\\\n]|\\.)*)'`;
const calls = [new RegExp(String.raw`\bt\(\s*${literal}`, 'g'), new RegExp(String.raw`\btn\([^']*${literal}\s*,\s*${literal}`, 'g')];

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
const found = new Set<string>();
for (const file of files) {
  const text = readFileSync(`src/${file}`, 'utf8');
  for (const call of calls) for (const [, ...words] of text.matchAll(call)) found.add((words.at(-1) ?? '').replaceAll(String.raw`\'`, "'"));
}
for (const text of [...found].toSorted()) if (!Object.hasOwn(translations, text)) console.log(`  ${JSON.stringify(text)}: "",`);
