import type { Entity } from '../../shared/entity';
import { entities } from '../../shared/model';
import { type Check, type Formula, holds, type When } from '../../shared/rules';

/** Rules by which the records of an entity count at what they refer to. */
const counted = (entity: Entity, target: string) =>
  (entity.rules ?? []).filter((rule) => (rule.kind === 'stock' || rule.kind === 'capacity') && rule.target === target);

/** Whether a person can have only one of them. */
export const oncePerPerson = (entity: Entity) => (entity.rules ?? []).some((rule) => rule.kind === 'once_per_user' && !rule.reference);

/** The fields of an entity that a rule is about: to change one alone may break it. */
export function ruledFields(entity: Entity): Set<string> {
  const own = (entity.rules ?? []).flatMap((rule) => [...Object.values(rule), rule.when?.field]);
  const above = entities.flatMap((other) => counted(other, entity.key)).map((rule) => ('counted' in rule ? rule.counted : ''));
  return new Set([...own, ...above].filter((value) => typeof value === 'string'));
}

/** Makes room for what refers to a new record, and lets it take little of what it refers to. */
export function makeRoom(entity: Entity, values: Record<string, unknown>): void {
  for (const rule of entities.flatMap((other) => counted(other, entity.key))) {
    const key = 'counted' in rule ? rule.counted : '';
    if (key in values) values[key] = Math.min(entity.fields[key]?.max ?? 1_000, 1_000);
  }
  for (const rule of entity.rules ?? []) {
    if (rule.kind === 'stock' && rule.quantity in values) values[rule.quantity] = Math.max(entity.fields[rule.quantity]?.min ?? 1, 1);
  }
}

/** Changes what stands on the left of a broken check so that it holds; a reference stays. */
export function obey(rule: Check, values: Record<string, unknown>, value: () => unknown): void {
  if (holds(rule, { ...values, [rule.left]: values[rule.left] ?? null })) return;
  const { left, operator, right } = rule;
  const strict = operator === '<' || operator === '>' || operator === '!=';
  if (operator === 'filled' || operator === 'empty') values[left] = operator === 'filled' ? value() : null;
  else if (typeof right === 'number') values[left] = strict ? right + (operator === '<' ? -1 : 1) : right;
  else if (right && strict && values[left] !== values[right]) [values[left], values[right]] = [values[right], values[left]];
  else if (right) values[left] = strict ? shifted(values[right], operator === '<' ? -1 : 1) : values[right];
}

/** The value before or after another: a number, a day, a moment, a time of day. */
export function shifted(value: unknown, by: number): unknown {
  if (typeof value === 'number') return value + by;
  const text = String(value);
  if (/^\d\d:\d\d/.test(text)) return by > 0 ? '23:58' : '00:01';
  const moved = new Date(Date.parse(text) + by * 86_400_000).toISOString();
  return text.includes('T') ? moved : moved.slice(0, 10);
}

/** What a formula gives for a record. */
export function valueOf(formula: Formula, row: Record<string, unknown>): number | string | null {
  if (typeof formula === 'number') return formula;
  if (typeof formula === 'string') return (row[formula] ?? null) as number | string | null;
  if ('text' in formula) return formula.text;
  const [operator, first, second] = formula;
  const [a, b] = [valueOf(first, row), valueOf(second, row)];
  if (operator === '||') return `${a ?? ''}${b ?? ''}`;
  if (a === null || b === null || (operator === '/' && b === 0)) return null;
  const [x, y] = [Number(a), Number(b)];
  return { '+': x + y, '-': x - y, '*': x * y, '/': x / y }[operator];
}

/** Values with which a rule applies to a new record, or null where only a later step leads there. */
export function applying(entity: Entity, when: When | undefined, applies = true): Record<string, unknown> | null {
  if (!when || when.via) return applies ? {} : null;
  const field = entity.fields[when.field];
  const options: readonly unknown[] = field?.type === 'boolean' ? [true, false] : (field?.options ?? []);
  const possible = entity.workflow?.field === when.field ? [entity.workflow.initial] : options;
  const found = possible.find((value) => (when.values as readonly unknown[]).includes(value) === applies);
  return found === undefined ? null : { [when.field]: found };
}

