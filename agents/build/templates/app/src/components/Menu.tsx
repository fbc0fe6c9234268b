import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { usePlace } from '../lib/router';

/**
 * Whether something is open that Escape, a click elsewhere, leaving it and another page close.
 * Its element has `ref`; the focus goes back to the first button in it.
 */
export function useOpen() {
  const { path } = usePlace();
  const [openAt, setOpenAt] = useState<string | null>(null);
  const ref = useRef<HTMLDivElement>(null);
  const open = openAt === path;

  useEffect(() => {
    if (!open) return undefined;
    const listening = new AbortController();
    const { signal } = listening;
    const close = () => setOpenAt(null);
    const elsewhere = ({ target }: Event) => {
      if (target instanceof Node && !ref.current?.contains(target)) close();
    };
    const escape = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return;
      close();
      ref.current?.querySelector('button')?.focus();
    };
    document.addEventListener('pointerdown', elsewhere, { signal });
    document.addEventListener('focusin', elsewhere, { signal });
    document.addEventListener('keydown', escape, { signal });
    return () => listening.abort();
  }, [open]);

  return { open, ref, toggle: () => setOpenAt(open ? null : path) };
}

interface Props {
  /** What the button shows, and when that is only a picture, what it is called. */
  button: ReactNode;
  label?: string;
  className?: string;
  children: ReactNode;
}

/** A button and the links and buttons that it opens. */
export function Menu({ button, label, className = '', children }: Props) {
  const { open, ref, toggle } = useOpen();
  const id = useId();
  return (
    <div className={`menu ${className}`} ref={ref}>
      <button type="button" aria-expanded={open} aria-controls={id} aria-label={label} onClick={toggle}>{button}</button>
      <div id={id} className="sheet" hidden={!open}>{children}</div>
    </div>
  );
}
