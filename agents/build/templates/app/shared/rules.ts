/** What must hold whatever anybody does: as data here, enforced by the database. */

/** A field's key, a number, a text, or two of these and what is done with them. */
export type Formula = string | number | { text: string } | readonly ['+' | '-' | '*' | '/' | '||', Formula, Formula];

/** The records that a rule is for: `field` is one of `values`; `via` is the reference that leads to the field. */
export interface When {
  field: string;
  values: readonly (string | boolean)[];
  via?: string;
}

interface Told {
  /** The constraint in the database. */
  name: string;
  /** Where the message is shown. */
  field: string;
  message: string;
  when?: When;
}

/** Between two fields, or a field and a number, when both are filled in; or a field that must be filled in, or empty. */
export interface Check extends Told {
  kind: 'check';
  left: string;
  operator: '<' | '<=' | '>' | '>=' | '=' | '!=' | 'filled' | 'empty';
  right?: string | number;
}

/** What one record refers to is not taken by two at a time; the end is outside. */
export interface NoOverlap extends Told {
  kind: 'no_overlap';
  reference: string;
  target: string;
  start: string;
  end: string;
}

/** Each record adds its quantity to a number of what it refers to, or takes it (`sign` -1); that is never below 0. */
export interface Stock extends Told {
  kind: 'stock';
  reference: string;
  target: string;
  counted: string;
  quantity: string;
  sign: 1 | -1;
}

/** No more records refer to one than a number of that one says. */
export interface Capacity extends Told {
  kind: 'capacity';
  reference: string;
  target: string;
  counted: string;
}

/** One record for each person, or for each person and what it refers to. */
export interface OncePerUser extends Told {
  kind: 'once_per_user';
  reference?: string;
  target?: string;
}

/** A number of what the records refer to is the sum over them; nobody writes it. */
export interface Total extends Told {
  kind: 'total';
  reference: string;
  target: string;
  counted: string;
  sum: Formula;
}

export type Rule = Check | NoOverlap | Stock | Capacity | OncePerUser | Total;

/** Whether a check holds as far as the values are known: a key that is absent is not. */
export function holds({ left, operator, right, when }: Check, values: Record<string, unknown>): boolean {
  if (when && !when.values.some((value) => value === values[when.field])) return true;
  if (operator === 'filled') return values[left] !== null;
  if (operator === 'empty') return values[left] === null || values[left] === undefined;
  const a = values[left] as number | string | null | undefined;
  const b = (typeof right === 'string' ? values[right] : right) as number | string | null | undefined;
  if (a === null || a === undefined || b === null || b === undefined) return true;
  switch (operator) {
    case '<': return a < b;
    case '<=': return a <= b;
    case '>': return a > b;
    case '>=': return a >= b;
    case '=': return a === b;
    case '!=': return a !== b;
  }
}
