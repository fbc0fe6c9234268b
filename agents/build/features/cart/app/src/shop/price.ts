import { locale } from '../../shared/app';

/** An amount of money as people read it. */
export const price = (value: number, currency: string): string => new Intl.NumberFormat(locale, { style: 'currency', currency }).format(value);
