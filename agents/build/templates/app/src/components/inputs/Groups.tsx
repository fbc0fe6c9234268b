import { useState } from 'react';
import type { Field } from '../../../shared/fields';
import { t } from '../../lib/texts';
import type { Common } from '../Control';

interface Props {
  value: string;
  common: Common;
}

const most = 10;

/** Stars as radio buttons: arrows move, and "no rating" is a choice where it may be. */
export function Rating({ field, value, common }: Props & { field: Field }) {
  const { name } = common;
  const [chosen, setChosen] = useState(value);
  const { min = 1, max = 5 } = field;
  const values = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  if (values.length > most) return <input type="number" min={min} max={max} step="1" defaultValue={value} aria-label={field.title} name={name} />;
  const radio = (text: string, label: string) => (
    <input type="radio" name={name} value={text} checked={chosen === text} onChange={() => setChosen(text)} aria-label={label} />
  );
  return (
    <span className="rating">
      {field.required ? null : <label className="rating-none">{radio('', t('No rating'))}<span aria-hidden="true">{t('None')}</span></label>}
      {values.map((each) => (
        <label key={each} className={chosen !== '' && each <= Number(chosen) ? 'star on' : 'star'}>
          {radio(String(each), t('{value} of {max}', { value: each, max }))}
          <span aria-hidden="true">★</span>
        </label>
      ))}
    </span>
  );
}

/** Minutes, typed as hours and minutes. */
export function Duration({ value, common: { name } }: Props) {
  const minutes = value === '' ? null : Number(value);
  return (
    <span className="parts">
      <label><input type="number" min="0" step="1" name={`${name}.hours`} defaultValue={minutes === null ? '' : Math.floor(minutes / 60)} /><span>{t('hours')}</span></label>
      <label><input type="number" min="0" step="1" name={`${name}.minutes`} defaultValue={minutes === null ? '' : minutes % 60} /><span>{t('minutes')}</span></label>
    </span>
  );
}

export function Place({ value, common: { name } }: Props) {
  const [latitude = '', longitude = ''] = value.split(',').map((part) => part.trim());
  return (
    <span className="parts">
      <label><span>{t('Latitude')}</span><input type="number" min="-90" max="90" step="any" name={`${name}.latitude`} defaultValue={latitude} /></label>
      <label><span>{t('Longitude')}</span><input type="number" min="-180" max="180" step="any" name={`${name}.longitude`} defaultValue={longitude} /></label>
    </span>
  );
}
