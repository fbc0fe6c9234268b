import { useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { type Entity, reach, type Row } from '../../shared/entity';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { labelOf } from './Cards';
import { EntityForm } from './EntityForm';
import type { Option } from './inputs/Combobox';

/** A button that makes a record of the kind to choose, where one may, and chooses it. */
export function AddNew({ entity, added }: { entity: Entity; added: (option: Option) => void }) {
  const { user } = useSession();
  const [open, setOpen] = useState(false);
  if (reach(entity, 'create', user) === 'none') return null;
  const done = (saved: Partial<Row> & { id: string }) => {
    setOpen(false);
    added({ id: saved.id, label: saved._labels ? labelOf(entity, saved as Row) : null });
  };
  return (
    <>
      <button type="button" className="quiet small" aria-haspopup="dialog" onClick={() => setOpen(true)}>{t('New {title}', { title: entity.title })}</button>
      {open ? createPortal(<AddDialog entity={entity} done={done} cancel={() => setOpen(false)} />, document.body) : null}
    </>
  );
}

function AddDialog({ entity, done, cancel }: { entity: Entity; done: (saved: Partial<Row> & { id: string }) => void; cancel: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className="wide" aria-label={t('New {title}', { title: entity.title })} onCancel={cancel}>
      <h2>{t('New {title}', { title: entity.title })}</h2>
      <EntityForm entity={entity} row={null} within onSaved={done} cancel={<button type="button" className="quiet" onClick={cancel}>{t('Cancel')}</button>} />
    </dialog>
  );
}
