import { locale } from '../../shared/app';
import type { Status } from '../../shared/orders';
import { t } from '../lib/texts';

/** An amount of money as people read it. */
export const price = (value: number, currency: string): string => new Intl.NumberFormat(locale, { style: 'currency', currency }).format(value);

export const statusName = (status: Status): string =>
  ({ placed: t('Placed'), paid: t('Paid'), shipped: t('Shipped'), delivered: t('Delivered'), cancelled: t('Cancelled') })[status];
