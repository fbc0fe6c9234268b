/** An entity with replies: the entity of these, their reference to it, and their text. */
export interface Thread {
  entity: string;
  reply: string;
  field: string;
  text: string;
}

export interface Reply {
  id: string;
  text: string;
  author: string;
  mine: boolean;
  created_at: string;
}

export interface Replies {
  items: Reply[];
  total: number;
}

/** A record in the list of threads. */
export interface Topic {
  id: string;
  label: string | null;
  author: string;
  replies: number;
  active_at: string;
}

/** How many are shown at once. */
export const most = 50;
