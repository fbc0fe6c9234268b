import { type FormEvent, useState } from 'react';
import * as v from 'valibot';
import { type Coupon, couponInput } from '../../shared/coupons';
import { type Errors, errorsOf } from '../../shared/entity';
import { currency } from '../../shared/features/coupons';
import { Loading, Problem } from '../components/Notice';
import type { CheckoutProps, ClientFeature, PageProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatMoment, formatMoney, formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { t } from '../lib/texts';

/** A code in the form of the checkout. */
function Code({ errors, refresh }: CheckoutProps) {
  return (
    <div className="control">
      <label htmlFor="checkout-code">{t('Coupon')}</label>
      <input id="checkout-code" name="code" maxLength={30} autoComplete="off" aria-invalid={errors.code !== undefined} {...(errors.code ? { 'aria-describedby': 'coupon-error' } : {})} />
      {errors.code ? <p id="coupon-error" className="error" role="alert">{errors.code}</p> : null}
      <div className="actions"><button type="button" className="quiet small" onClick={refresh}>{t('Apply')}</button></div>
    </div>
  );
}

const reduction = (coupon: Coupon) => (coupon.percent === null ? `${formatMoney(coupon.amount ?? 0)} ${currency}` : `${formatNumber(coupon.percent)} %`);

function conditions(coupon: Coupon): string {
  return [
    coupon.minimum > 0 ? t('from {amount} on', { amount: `${formatMoney(coupon.minimum)} ${currency}` }) : '',
    coupon.valid_from ? t('valid from {moment}', { moment: formatMoment(coupon.valid_from) }) : '',
    coupon.valid_until ? t('valid until {moment}', { moment: formatMoment(coupon.valid_until) }) : '',
    coupon.once_per_person ? t('once per person') : '',
  ].filter(Boolean).join(', ');
}

/** Administrators make coupons and switch them off. */
function Coupons({ page }: PageProps) {
  const { data, error, reload } = useLoad<Coupon[]>('/app/coupons');
  const [problem, setProblem] = useState<string | null>(null);

  async function turn(coupon: Coupon) {
    try {
      await call(`/app/coupons/${coupon.id}`, { method: 'PATCH', body: { active: !coupon.active } });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  return (
    <section>
      <h1>{page.title}</h1>
      {problem ? <Problem>{problem}</Problem> : null}
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : (
        <table>
          <thead><tr><th scope="col">{t('Code')}</th><th scope="col">{t('Takes off')}</th><th scope="col">{t('Conditions')}</th><th scope="col">{t('Used')}</th><th scope="col">{t('State')}</th></tr></thead>
          <tbody>
            {data.map((coupon) => (
              <tr key={coupon.id}>
                <td data-label={t('Code')} className="name">{coupon.code}</td>
                <td data-label={t('Takes off')}>{reduction(coupon)}</td>
                <td data-label={t('Conditions')}>{conditions(coupon) || '–'}</td>
                <td data-label={t('Used')}>{coupon.max_uses === null ? formatNumber(coupon.used) : t('{used} of {most}', { used: formatNumber(coupon.used), most: formatNumber(coupon.max_uses) })}</td>
                <td data-label={t('State')}>
                  <span className="actions">
                    {coupon.active ? t('On') : t('Off')}
                    <button type="button" className="quiet small" aria-label={coupon.active ? t('Switch off {code}', { code: coupon.code }) : t('Switch on {code}', { code: coupon.code })} onClick={() => void turn(coupon)}>{coupon.active ? t('Switch off') : t('Switch on')}</button>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <NewCoupon made={reload} />
    </section>
  );
}

const controls = (): readonly { name: string; label: string; type: string; step?: string }[] => [
  { name: 'code', label: t('Code'), type: 'text' },
  { name: 'percent', label: t('Percent'), type: 'number', step: '0.01' },
  { name: 'amount', label: t('or amount'), type: 'number', step: '0.01' },
  { name: 'minimum', label: t('For orders of at least'), type: 'number', step: '0.01' },
  { name: 'valid_from', label: t('Valid from'), type: 'datetime-local' },
  { name: 'valid_until', label: t('Valid until'), type: 'datetime-local' },
  { name: 'max_uses', label: t('How often it can be used'), type: 'number', step: '1' },
];

function read(form: HTMLFormElement): Record<string, unknown> {
  const data = new FormData(form);
  const values: Record<string, unknown> = { once_per_person: data.has('once_per_person') };
  for (const { name, type } of controls()) {
    const text = String(data.get(name) ?? '').trim();
    if (text === '' && name !== 'code') continue;
    values[name] = type === 'number' ? Number(text) : type === 'datetime-local' ? new Date(text).toISOString() : text;
  }
  return values;
}

function NewCoupon({ made }: { made: () => void }) {
  const [errors, setErrors] = useState<Errors>({});

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const body = read(form);
    const input = v.safeParse(couponInput, body);
    if (!input.success) return setErrors(errorsOf(input.issues));
    try {
      await call('/app/coupons', { method: 'POST', body });
      setErrors({});
      form.reset();
      made();
    } catch (thrown) {
      const fields = thrown instanceof ApiError ? thrown.errors : {};
      setErrors(Object.keys(fields).length > 0 ? fields : { _form: messageOf(thrown) });
    }
  }

  return (
    <form className="card form panel" onSubmit={(event) => void submit(event)} noValidate aria-labelledby="new-coupon">
      <h2 id="new-coupon">{t('New coupon')}</h2>
      {errors._form ? <Problem>{errors._form}</Problem> : null}
      {controls().map(({ name, label, type, step }) => (
        <div key={name} className="control">
          <label htmlFor={`coupon-${name}`}>{label}</label>
          <input id={`coupon-${name}`} name={name} type={type} step={step} autoComplete="off" aria-invalid={errors[name] !== undefined} {...(errors[name] ? { 'aria-describedby': `coupon-${name}-error` } : {})} />
          {errors[name] ? <p id={`coupon-${name}-error`} className="error" role="alert">{errors[name]}</p> : null}
        </div>
      ))}
      <span className="checkbox"><input id="coupon-once" type="checkbox" name="once_per_person" /><label htmlFor="coupon-once">{t('Once per person')}</label></span>
      <div className="actions"><button type="submit">{t('Make the coupon')}</button></div>
    </form>
  );
}

/** Coupons for orders. */
export const feature: ClientFeature = { pages: { coupons: Coupons }, Checkout: Code };
