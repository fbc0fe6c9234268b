import * as Sentry from '@sentry/node';

Sentry.init({ dsn: process.env.DSN, release: 'shop@1', environment: 'staging', tracesSampleRate: 1 });
Sentry.setUser({ id: 'node-user' });

function charge(order) {
  return order.card.number;
}

Sentry.startSpan({ name: 'job', op: 'task' }, () => {
  try {
    charge({});
  } catch (error) {
    Sentry.captureException(error);
  }
});
Sentry.captureException(new Error('x'.repeat(40_000)));
const check = Sentry.captureCheckIn({ monitorSlug: 'nightly', status: 'in_progress' });
Sentry.captureCheckIn({ checkInId: check, monitorSlug: 'nightly', status: 'ok', duration: 2 });
for (let index = 0; index < Number(process.env.FLOOD ?? 0); index += 1) Sentry.captureMessage(`flood ${index}`);
const sent = await Sentry.flush(20_000);
process.stdout.write(JSON.stringify({ sent }));
process.exit(0);
