import { useState } from 'react';

interface Props {
  src: unknown;
  /** The name beside it: its first letter stands in for a picture that is not there. */
  name: string;
  /** Of those that are seen at once. */
  eager?: boolean;
}

/** A picture beside its name; it keeps its place whether it is there or not. */
export function Picture({ src, name, eager = false }: Props) {
  const [broken, setBroken] = useState(false);
  const there = typeof src === 'string' && src !== '' && !broken;
  return (
    <div className="frame" aria-hidden="true">
      {there
        ? <img src={src} alt="" loading={eager ? 'eager' : 'lazy'} onError={() => setBroken(true)} />
        : <span>{[...name][0]?.toUpperCase()}</span>}
    </div>
  );
}
