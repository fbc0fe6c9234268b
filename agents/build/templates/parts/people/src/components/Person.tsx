import './Person.css';
import { type ReactNode, useEffect, useState } from 'react';
import { addressOf } from '../../shared/places';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { t } from '../lib/texts';
import { Problem } from './Notice';

export interface Named {
  id: string;
  name: string;
}

/** A person's name, leading to their page where the app has such pages. */
export function Person({ id, name }: Named) {
  const href = addressOf('person', id);
  return href ? <Link href={href} className="person">{name}</Link> : <span className="person">{name}</span>;
}

/** The first letter of a name, for the eye alone. */
export const Initial = ({ name }: { name: string }) => <span className="initial" aria-hidden="true">{[...name][0]?.toUpperCase()}</span>;

interface FindProps {
  /** Answers with people for `?q=`. */
  path: string;
  children: (person: Named) => ReactNode;
}

/** Looks for people by name; `children` is what each that is found becomes. */
export function FindPerson({ path, children }: FindProps) {
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const { data, error } = useLoad<Named[]>(asked === '' ? null : `${path}?q=${encodeURIComponent(asked)}`);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <search className="find-person">
      <label>
        <span>{t('Find a person by name')}</span>
        <input type="search" value={text} maxLength={100} autoComplete="off" onChange={(event) => setText(event.target.value)} />
      </label>
      {error ? <Problem>{error}</Problem> : null}
      <div aria-live="polite">
        {asked && data ? (data.length > 0 ? <ul className="people">{data.map((person) => <li key={person.id}>{children(person)}</li>)}</ul> : <p className="muted">{t('Nobody has such a name.')}</p>) : null}
      </div>
    </search>
  );
}
