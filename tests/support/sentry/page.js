import * as Sentry from '@sentry/browser';
import { total } from './cart.js';

const { dsn } = document.documentElement.dataset;

Sentry.init({ dsn, release: 'shop@1', environment: 'staging' });
Sentry.setUser({ id: 'browser-user' });

function checkout(items) {
  const due = total(items);
  document.title = `to pay: ${due}`;
}

document.querySelector('button').addEventListener('click', () => {
  checkout([{ price: { amount: 1 } }, {}]);
});
Sentry.captureMessage('page is there', 'info');
