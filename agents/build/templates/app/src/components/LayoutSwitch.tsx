import { useId, useState } from 'react';
import type { Entity } from '../../shared/entity';
import { displayOf, type Layout } from '../lib/display';
import { recall, remember } from '../lib/remember';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Icon } from './Icon';

/** How the reader wants a list of an entity, kept in this browser; first what suits it best. */
export function useLayout(entity: Entity): { layout: Layout; layouts: readonly Layout[]; choose: (layout: Layout) => void } {
  const { user } = useSession();
  const [chosen, setChosen] = useState(() => recall(`layout ${entity.key}`));
  const { layouts } = displayOf(entity, user);
  return {
    layout: layouts.find((layout) => layout === chosen) ?? layouts[0] ?? 'table',
    layouts,
    choose: (layout) => {
      setChosen(layout);
      remember(`layout ${entity.key}`, layout === layouts[0] ? null : layout);
    },
  };
}

export function LayoutSwitch({ layout, layouts, choose }: ReturnType<typeof useLayout>) {
  const name = useId();
  const titles = { cards: t('Cards'), articles: t('Articles'), agenda: t('Dates'), table: t('Table') };
  return (
    <div className="segments" role="radiogroup" aria-label={t('Layout')}>
      {layouts.map((each) => (
        <label key={each} title={titles[each]}>
          <input type="radio" name={name} checked={each === layout} onChange={() => choose(each)} />
          <span><Icon name={each} /><span className="unseen">{titles[each]}</span></span>
        </label>
      ))}
    </div>
  );
}
