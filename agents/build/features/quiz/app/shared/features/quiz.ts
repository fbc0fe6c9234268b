/** A question as takers see it; `kind` is whether one, many or a text is the answer. */
export interface Question {
  id: string;
  text: string;
  options: string[];
  kind: 'one' | 'many' | 'text';
}

/** An attempt that was marked; `results` says of each question whether it was right. */
export interface Attempt {
  id: string;
  author: string;
  mine: boolean;
  score: number;
  total: number;
  results: Record<string, boolean>;
  created_at: string;
}

export interface Sheet {
  questions: Question[];
  /** The reader's, for administrators those of all, newest first. */
  attempts: Attempt[];
  /** Attempts that are left; null without a limit. */
  left: number | null;
}

/** A quiz in the list of all. */
export interface Offer {
  id: string;
  label: string | null;
  questions: number;
  attempts: number;
  best: number | null;
}
