import { useEffect, useRef } from 'react';
import { t } from '../lib/texts';

interface Props {
  title: string;
  text: string;
  action: string;
  busy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** A question in a dialog that holds the focus; Escape is "Cancel". */
export function Confirm({ title, text, action, busy, onConfirm, onCancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onCancel={onCancel}>
      <h2 id="confirm-title">{title}</h2>
      <p>{text}</p>
      <div className="actions">
        <button type="button" className="quiet" onClick={onCancel}>{t('Cancel')}</button>
        <button type="button" className="danger" disabled={busy} onClick={onConfirm}>{action}</button>
      </div>
    </dialog>
  );
}
