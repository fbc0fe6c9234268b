import { describe, expect, it } from 'vitest';
import { locale } from '../shared/app';
import { translations } from '../shared/texts';
import { t, tn } from '../src/lib/texts';

const names = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();

describe('the words of the app', () => {
  it('have their values put in, and nothing else', () => {
    expect(t('What nobody translates: {name}, {other}', { name: '{other}' })).toBe('What nobody translates: {other}, {other}');
  });

  it('follow the number of things', () => {
    const said = [1, 2].map((count) => tn(count, '{count} thing nobody counts', '{count} things nobody counts'));
    expect(said).toEqual(['1 thing nobody counts', '2 things nobody counts'].map((text, index) => text.replace(/^\d/, new Intl.NumberFormat(locale).format(index + 1))));
  });

  it('have translations with the same values in them', () => {
    for (const [english, other] of Object.entries(translations)) {
      for (const text of typeof other === 'string' ? [other] : [other.other]) expect(names(text), english).toEqual(names(english));
    }
  });
});
