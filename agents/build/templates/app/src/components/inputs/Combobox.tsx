/* eslint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events -- ARIA's combobox: no element is one, and the keys are those of the text box */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Entity } from '../../../shared/entity';
import { call, messageOf } from '../../lib/api';
import { t } from '../../lib/texts';

export interface Option {
  id: string;
  label: string | null;
}

export const nameOf = (option: Option) => option.label ?? t('Without a name');

interface Props {
  target: Entity;
  /** What is chosen, shown while nobody types; null for nothing. */
  value: Option | null;
  choose: (option: Option | null) => void;
  /** Ids that are not offered, as they are chosen already. */
  without?: readonly string[];
  /** Attributes of the text box: id, label, description. */
  box: { id: string; 'aria-label'?: string; 'aria-invalid'?: boolean; 'aria-required'?: boolean; 'aria-describedby'?: string };
}

interface Found {
  options: Option[];
  message: string;
}

const pause = 150;
const nothing: Found = { options: [], message: '' };

/** Asks the server while somebody types; the newest question wins. */
function useOptions(target: Entity, text: string, open: boolean): Found {
  const [found, setFound] = useState<Found>(nothing);
  useEffect(() => {
    if (!open) return undefined;
    const abort = new AbortController();
    const ask = () => call<Option[]>(`/${target.path}/options?q=${encodeURIComponent(text)}`, { signal: abort.signal }).then(
      (options) => setFound({ options, message: options.length === 0 ? t('Nothing found') : t('{count} found', { count: options.length }) }),
      (error: unknown) => abort.signal.aborted || setFound({ options: [], message: messageOf(error) }),
    );
    const timer = setTimeout(() => void ask(), text === '' ? 0 : pause);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [target, text, open]);
  return open ? found : nothing;
}

/** A text box that finds a record: arrows move, Enter chooses, Escape closes. */
export function Combobox({ target, value, choose, without = [], box }: Props) {
  /** What is typed; null while what is chosen is shown. */
  const [typed, setTyped] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const list = useRef<HTMLDivElement>(null);
  const { options: all, message } = useOptions(target, typed ?? '', open);
  const options = all.filter((option) => !without.includes(option.id));
  const at = Math.min(active, options.length - 1);

  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  function close() {
    setOpen(false);
    setTyped(null);
    setActive(-1);
  }

  function take(option: Option) {
    choose(option);
    close();
  }

  function press(event: KeyboardEvent) {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = key === 'ArrowDown' ? 1 : -1;
      setActive(options.length === 0 ? 0 : (Math.max(at, step < 0 ? 0 : -1) + step + options.length) % options.length);
    } else if (key === 'Enter' && open) {
      event.preventDefault();
      const option = options[at];
      if (option) take(option);
    } else if (key === 'Escape' && open) {
      // Else the dialog around it would close as well.
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  }

  function leave() {
    if (typed === '') choose(null);
    close();
  }

  return (
    <div className="combobox">
      <input type="text" role="combobox" aria-expanded={open} aria-controls={`${box.id}-list`} aria-autocomplete="list" autoComplete="off" spellCheck={false}
        aria-activedescendant={open && at >= 0 ? `${box.id}-${at}` : undefined} placeholder={t('Type to search')}
        value={typed ?? (value ? nameOf(value) : '')} onKeyDown={press} onClick={() => setOpen(true)} onBlur={leave}
        onChange={({ target: { value: text } }) => {
          setTyped(text);
          setOpen(true);
          setActive(text === '' ? -1 : 0);
        }} {...box} />
      <div role="listbox" tabIndex={-1} id={`${box.id}-list`} ref={list} hidden={!open || options.length === 0} aria-label={target.titlePlural}>
        {options.map((option, index) => (
          // The text box keeps the focus, and with it the keyboard.
          <div key={option.id} id={`${box.id}-${index}`} role="option" tabIndex={-1} aria-selected={index === at} onMouseDown={(event) => event.preventDefault()} onClick={() => take(option)}>{nameOf(option)}</div>
        ))}
      </div>
      <output className={open && options.length === 0 ? 'help' : 'unseen'}>{open ? message : ''}</output>
    </div>
  );
}
