// What a server sends: `node server.mjs HOST KEY SITE`, the key for PostHog, the site for Umami.
import { createRequire } from 'node:module';
import { PostHog } from 'posthog-node';

const { default: umami } = createRequire(import.meta.url)('@umami/node');
const [host, key, site] = process.argv.slice(2);

umami.init({ websiteId: site, hostUrl: host });
const common = { hostname: 'shop.test', language: 'en', title: 'T', screen: '1x1' };
const answers = [
  await umami.track({ ...common, url: '/orders/7', referrer: 'https://www.bing.com/search' }),
  await umami.track('paid', { amount: 3 }),
  await umami.identify({ plan: 'pro' }),
];

const posthog = new PostHog(key, { host, flushAt: 20 });
for (let each = 0; each < 50; each += 1) posthog.capture({ distinctId: `u${each % 5}`, event: 'node event', properties: { each } });
const current = { $current_url: 'http://shop.test/from-node' };
posthog.capture({ distinctId: 'u1', event: '$pageview', properties: current });
await posthog.shutdown();

console.log(JSON.stringify(await Promise.all(answers.map(async (each) => [each.status, Object.keys(await each.json())]))));
