import { useState } from 'react';
import { jsonProblem } from '../../lib/form';
import { Markdown } from '../../lib/markdown';
import { t } from '../../lib/texts';
import type { Common } from '../Control';

interface Props {
  value: string;
  common: Common;
}

/** A colour may be left empty, which the browser's own picker does not know. */
export function Colour({ value, common }: Props) {
  const [text, setText] = useState(value);
  const known = /^#[0-9a-f]{6}$/i.test(text);
  return (
    <span className="parts">
      <input type="text" value={text} onChange={({ target }) => setText(target.value)} placeholder="#2563eb" maxLength={7} autoComplete="off" spellCheck={false} {...common} />
      <input type="color" value={known ? text.toLowerCase() : '#888888'} onChange={({ target }) => setText(target.value)} aria-label={t('Pick a colour')} />
    </span>
  );
}

/** Says while one types whether it is JSON. */
export function Json({ value, common }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const look = (text: string) => setProblem(text.trim() === '' ? null : jsonProblem(text));
  return (
    <>
      <textarea rows={5} className="code" defaultValue={value} spellCheck={false} onBlur={({ target }) => look(target.value)} onChange={({ target }) => problem && look(target.value)} {...common} />
      <output className="help">{problem ? t('Not JSON yet: {problem}', { problem }) : ''}</output>
    </>
  );
}

/** A text and, beside it, how it will look. */
export function MarkdownText({ value, example, common }: Props & { example: string | undefined }) {
  const [text, setText] = useState(value);
  const [shown, setShown] = useState(false);
  return (
    <>
      <textarea rows={10} value={text} placeholder={example} onChange={({ target }) => setText(target.value)} {...common} />
      <button type="button" className="quiet small" aria-expanded={shown} aria-controls={`${common.id}-preview`} onClick={() => setShown(!shown)}>{shown ? t('Hide preview') : t('Preview')}</button>
      <div id={`${common.id}-preview`} className="preview" hidden={!shown}>{shown ? <Markdown text={text} /> : null}</div>
    </>
  );
}
