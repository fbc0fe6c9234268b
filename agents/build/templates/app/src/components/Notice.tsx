import type { ReactNode } from 'react';

export const Problem = ({ children }: { children: ReactNode }) => (
  <p role="alert" className="notice problem">{children}</p>
);

export const Loading = () => <p className="muted" aria-busy="true">Loading…</p>;

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}
