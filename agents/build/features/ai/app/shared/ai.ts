import * as v from 'valibot';

export const questionInput = v.object({
  question: v.pipe(v.string('Question is required'), v.trim(), v.minLength(1, 'Question is required'), v.maxLength(500, 'Question must have at most 500 characters')),
});

export interface Asking {
  /** Whether answers are made up by the app, without a language model. */
  simulated: boolean;
  /** How often the reader may still ask today. */
  left: number;
}

export interface Answer extends Asking {
  answer: string;
}
