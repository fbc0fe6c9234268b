import { Fragment, type ReactNode } from 'react';

/**
 * Markdown as elements, never as HTML: whatever a text holds, it can only become what is made here.
 * Headings, paragraphs, lists, quotes, code, rules; bold, italics, code and links in a line.
 */
export function Markdown({ text }: { text: string }) {
  return <div className="markdown">{blocks(text.replaceAll('\r\n', '\n').split('\n'))}</div>;
}

interface Block {
  /** How a line of it begins. */
  starts: RegExp;
  show: (lines: string[]) => ReactNode;
}

const strip = (lines: string[], start: RegExp) => lines.map((line) => line.replace(start, ''));
const items = (lines: string[], start: RegExp) => strip(lines, start).map((line, index) => <li key={index}>{inline(line)}</li>);
const bullet = /^\s*[-*+]\s+/;
const numbered = /^\s*\d{1,9}[.)]\s+/;
const quote = /^>\s?/;

const kinds: readonly Block[] = [
  { starts: /^(?:-{3,}|\*{3,}|_{3,})\s*$/, show: () => <hr /> },
  { starts: bullet, show: (lines) => <ul>{items(lines, bullet)}</ul> },
  { starts: numbered, show: (lines) => <ol>{items(lines, numbered)}</ol> },
  { starts: quote, show: (lines) => <blockquote>{strip(lines, quote).map((line, index) => <p key={index}>{inline(line)}</p>)}</blockquote> },
];
const heading = /^(#{1,6})\s+(.*)$/;

interface Made {
  element: ReactNode;
  /** The line after it. */
  next: number;
}

function blocks(lines: string[]): ReactNode[] {
  const parts: ReactNode[] = [];
  for (let at = 0; at < lines.length;) {
    const { element, next } = block(lines, at);
    parts.push(<Fragment key={at}>{element}</Fragment>);
    at = next;
  }
  return parts;
}

/** The element that begins at a line. */
function block(lines: string[], at: number): Made {
  const line = lines[at] ?? '';
  if (line.trim() === '') return { element: null, next: at + 1 };
  if (line.startsWith('```')) return code(lines, at);
  const [title, level, words = ''] = heading.exec(line) ?? [];
  if (title !== undefined) return { element: level === '#' ? <h3>{inline(words)}</h3> : <h4>{inline(words)}</h4>, next: at + 1 };
  const kind = kinds.find(({ starts }) => starts.test(line));
  const belongs = (other: string) => (kind ? kind.starts.test(other) : other.trim() !== '' && !other.startsWith('```') && !heading.test(other) && !kinds.some(({ starts }) => starts.test(other)));
  let next = at + 1;
  while (next < lines.length && belongs(lines[next] ?? '')) next += 1;
  const own = lines.slice(at, next);
  return { element: kind ? kind.show(own) : <p>{inline(own.join('\n'))}</p>, next };
}

function code(lines: string[], at: number): Made {
  let last = at + 1;
  while (last < lines.length && !lines[last]?.startsWith('```')) last += 1;
  return { element: <pre><code>{lines.slice(at + 1, last).join('\n')}</code></pre>, next: last + 1 };
}

const marks = /`([^`\n]{1,1000})`|\*\*([^*\n]{1,1000})\*\*|__([^_\n]{1,1000})__|\*([^*\n]{1,1000})\*|\b_([^_\n]{1,1000})_\b|\[([^[\]\n]{1,500})\]\(([^()\s]{1,2000})\)/g;

/** Only addresses that open a page or a mail: a `javascript:` link would run in the reader's browser. */
const safe = (address: string) => /^(https?:\/\/|mailto:|\/(?![/\\]))/i.test(address);

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const found of text.matchAll(marks)) {
    parts.push(text.slice(at, found.index), <Fragment key={found.index}>{marked(found)}</Fragment>);
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}

function marked([whole, code, bold, strong, italic, emphasis, label, address = '']: RegExpMatchArray): ReactNode {
  if (code !== undefined) return <code>{code}</code>;
  if (label !== undefined) return safe(address) ? <a href={address} rel="noopener noreferrer nofollow">{inline(label)}</a> : whole;
  const heavy = bold ?? strong;
  return heavy === undefined ? <em>{inline(italic ?? emphasis ?? '')}</em> : <strong>{inline(heavy)}</strong>;
}
