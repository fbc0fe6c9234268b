import { app, defaultRole, locale, signUpOpen } from '../../shared/app';
import { type Entity, reach, type User } from '../../shared/entity';
import { entities } from '../../shared/model';
import { displayOf } from '../lib/display';
import { humanise } from '../lib/format';
import { Link } from '../lib/router';
import { t } from '../lib/texts';
import { Icon, type IconName } from './Icon';

/** Somebody who has just signed up. */
const newcomer: User = { id: '', email: '', name: '', role: defaultRole, org: 'their own' };

const creatable = entities.filter((entity) => !entity.parent && reach(entity, 'create', newcomer) !== 'none' && reach(entity, 'create', null) === 'none');

/** What an account is good for, and the way to one. */
export function Invitation() {
  if (!signUpOpen) return null;
  const things = new Intl.ListFormat(locale, { type: 'conjunction' }).format(creatable.slice(0, 3).map((entity) => entity.titlePlural));
  return (
    <section className="invitation" aria-labelledby="join">
      <div>
        <h2 id="join">{t('Join {app}', { app: app.name })}</h2>
        <p>{things ? t('With an account you add your own: {things}.', { things }) : t('An account takes a minute.')}</p>
      </div>
      <Link href="/signup" className="button">{t('Create an account')}</Link>
    </section>
  );
}

function promise(entity: Entity): string {
  const flow = entity.workflow;
  const last = flow?.transitions.at(-1)?.to;
  if (flow && last) return t('Step by step, from “{first}” to “{last}”.', { first: humanise(flow.initial), last: humanise(last) });
  const read = reach(entity, 'list', newcomer);
  const add = reach(entity, 'create', newcomer) !== 'none';
  if (entity.org) return t('Shared with the people you work with.');
  if (read === 'own') return t('Your own, seen by nobody else.');
  return add ? t('See what others have, and add your own.') : t('Everything in one place, to look up.');
}

function iconOf(entity: Entity): IconName {
  return entity.workflow ? 'steps' : (displayOf(entity, newcomer).layouts[0] ?? 'table');
}

/** What one can do with an account only, a card for each kind of record. */
export function Promises() {
  const kept = entities.filter((entity) => !entity.parent && reach(entity, 'list', newcomer) !== 'none' && reach(entity, 'list', null) === 'none');
  if (kept.length === 0) return null;
  return (
    <section className="part" aria-labelledby="promises">
      <h2 id="promises">{t('What you can do with an account')}</h2>
      <ul className="promises">
        {kept.slice(0, 6).map((entity) => (
          <li key={entity.key} className="card">
            <span className="sign"><Icon name={iconOf(entity)} /></span>
            <h3>{entity.titlePlural}</h3>
            <p>{promise(entity)}</p>
            <p className="muted">{Object.values(entity.fields).filter((field) => !field.readRoles).slice(0, 4).map((field) => field.title).join(' · ')}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
