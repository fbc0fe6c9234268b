import type { ReactNode } from 'react';
import { t } from '../lib/texts';

export const Problem = ({ children }: { children: ReactNode }) => (
  <p role="alert" className="notice problem">{children}</p>
);

export const Loading = () => <p className="muted loading" aria-busy="true">{t('Loading…')}</p>;

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}
