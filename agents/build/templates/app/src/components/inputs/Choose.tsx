import { useEffect, useState } from 'react';
import { type Entity, reach, type Row } from '../../../shared/entity';
import type { Field } from '../../../shared/fields';
import { entityOf } from '../../../shared/model';
import { call } from '../../lib/api';
import { useSession } from '../../lib/session';
import { t } from '../../lib/texts';
import { AddNew } from '../AddNew';
import type { Common } from '../Control';
import { Combobox, nameOf, type Option } from './Combobox';
import { Chip } from './Tags';

interface Props {
  field: Field;
  value: unknown;
  labels: Row['_labels'][string] | undefined;
  common: Common;
}

/** The records that a field refers to: one in a text box, or several as chips. */
export function Choose({ field, value, labels, common }: Props) {
  const { user } = useSession();
  const target = entityOf(field.target);
  const [chosen, setChosen] = useChosen(target, value, labels);
  const many = field.type === 'references';
  const { name, ...box } = common;
  const closed = reach(target, 'list', user) === 'none';
  const add = (option: Option) => setChosen(many ? [...chosen.filter((other) => other.id !== option.id), option] : [option]);
  const remove = (id: string) => setChosen(chosen.filter((other) => other.id !== id));
  return (
    <div className="choose">
      {many ? <div className="chips">{chosen.map((option) => <Chip key={option.id} name={name} value={option.id} label={nameOf(option)} remove={() => remove(option.id)} />)}</div> : null}
      {many ? null : <input type="hidden" name={name} value={chosen[0]?.id ?? ''} />}
      {closed ? <input type="text" disabled value={chosen[0] && !many ? nameOf(chosen[0]) : t('You cannot choose here')} {...box} /> : (
        <Combobox target={target} value={many ? null : (chosen[0] ?? null)} without={many ? chosen.map((option) => option.id) : []}
          choose={(option) => (option ? add(option) : many || setChosen([]))} box={box} />
      )}
      {closed ? null : <AddNew entity={target} added={add} />}
    </div>
  );
}

/** The names of what is chosen come with the record; those of an id in the address are asked for. */
function useChosen(target: Entity, value: unknown, labels: Props['labels']) {
  const ids = [value].flat().filter((id): id is string => typeof id === 'string' && id !== '');
  const named = (id: string) => (Array.isArray(labels) ? labels.find((each) => each.id === id)?.label : labels) ?? null;
  const [chosen, setChosen] = useState<Option[]>(ids.map((id) => ({ id, label: named(id) })));
  const unnamed = labels === undefined ? ids.join(' ') : '';
  useEffect(() => {
    if (unnamed === '') return undefined;
    const abort = new AbortController();
    const wanted = new URLSearchParams(unnamed.split(' ').map((id) => ['id', id]));
    call<Option[]>(`/${target.path}/options?${wanted}`, { signal: abort.signal }).then(
      (options) => setChosen((now) => now.map((each) => options.find(({ id }) => id === each.id) ?? each)),
      // Without a name it is still chosen.
      () => {},
    );
    return () => abort.abort();
  }, [target, unnamed]);
  return [chosen, setChosen] as const;
}
