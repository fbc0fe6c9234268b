import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { app } from '../shared/app';
import { entities } from '../shared/model';
import { links, pages } from '../shared/pages';
import { App } from '../src/App';
import { match } from '../src/lib/router';
import { t } from '../src/lib/texts';
import { LogIn } from '../src/pages/LogIn';
import { RecordForm } from '../src/pages/RecordForm';
import { SignUp } from '../src/pages/SignUp';

const escape = (text: string) => renderToStaticMarkup(<>{text}</>);

describe('the pages', () => {
  it('start with the name of the app and a way around', () => {
    const html = renderToStaticMarkup(<App />);
    expect(html).toContain(`<h1>${escape(app.name)}</h1>`);
    expect(html).toContain(`<nav aria-label="${t('Main')}">`);
  });

  it.each(entities.map((entity) => ({ name: entity.title, entity })))('have a form for $name with a label at each control', ({ entity }) => {
    const html = renderToStaticMarkup(<RecordForm entity={entity} />);
    for (const [key, field] of Object.entries(entity.fields)) {
      if (field.writeRoles || field.readRoles || field.readOnly) continue;
      const group = `<legend>${escape(field.title)}</legend>`;
      expect(html.includes(group) || html.includes(`<label for="field-${key}">${escape(field.title)}</label>`), key).toBe(true);
    }
  });

  it('ask for an account with labels', () => {
    for (const label of ['email', 'password']) expect(renderToStaticMarkup(<LogIn />)).toContain(`for="${label}"`);
    for (const label of ['name', 'email', 'password']) expect(renderToStaticMarkup(<SignUp />)).toContain(`for="${label}"`);
  });

  it('can all be reached: each address leads to its own page', () => {
    for (const page of pages) {
      const address = page.path.replaceAll(/:[a-z_]+/g, '00000000-0000-4000-8000-000000000000');
      expect(pages.find((candidate) => match(candidate.path, address))?.path).toBe(page.path);
    }
    for (const [key, link] of Object.entries(links)) {
      for (const address of [link.list, link.new, link.detail('x'), link.edit('x')]) expect(pages.find((page) => match(page.path, address))?.entity).toBe(key);
    }
  });
});
