import { type KeyboardEvent, useState } from 'react';
import { t } from '../../lib/texts';
import type { Common } from '../Control';

/** Words as chips: Enter or a comma makes one of what is typed, Backspace takes the last one back. */
export function Tags({ value, common }: { value: string[]; common: Common }) {
  const { name, ...rest } = common;
  const [tags, setTags] = useState(value);
  const [text, setText] = useState('');
  const [said, setSaid] = useState('');

  function add(typed: string) {
    const words = typed.split(',').map((word) => word.trim()).filter((word) => word !== '' && !tags.includes(word));
    setText('');
    if (words.length === 0) return;
    setTags([...new Set([...tags, ...words])]);
    setSaid(t('{tag} added', { tag: words.join(', ') }));
  }

  function remove(tag: string) {
    setTags(tags.filter((other) => other !== tag));
    setSaid(t('{tag} removed', { tag }));
  }

  function press(event: KeyboardEvent) {
    const last = tags.at(-1);
    if (event.key === 'Backspace' && text === '' && last !== undefined) remove(last);
    if (event.key !== 'Enter' || text.trim() === '') return;
    event.preventDefault();
    add(text);
  }

  return (
    <div className="chips">
      {tags.map((tag) => <Chip key={tag} name={name} value={tag} label={tag} remove={() => remove(tag)} />)}
      {/* What is typed but not yet a chip is sent too. */}
      <input type="text" name={name} value={text} autoComplete="off" placeholder={t('Add…')} onKeyDown={press} onBlur={() => add(text)}
        onChange={({ target }) => (target.value.includes(',') ? add(target.value) : setText(target.value))} {...rest} />
      <output className="unseen">{said}</output>
    </div>
  );
}

/** Something chosen, and a button that takes it away. */
export function Chip({ name, value, label, remove }: { name: string; value: string; label: string; remove: () => void }) {
  return (
    <span className="chip">
      {label}
      <input type="hidden" name={name} value={value} />
      <button type="button" onClick={remove} aria-label={t('Remove {name}', { name: label })}>×</button>
    </span>
  );
}
