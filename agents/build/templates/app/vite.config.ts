import type { IncomingMessage, ServerResponse } from 'node:http';
import process from 'node:process';
import { getRequestListener } from '@hono/node-server';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Answers /api in the development server itself, and takes up changes at once. */
const api = (): Plugin => ({
  name: 'api',
  configureServer(server) {
    server.middlewares.use((request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => {
      if (!request.url?.startsWith('/api/')) return next();
      server.ssrLoadModule('/server/app.ts').then(({ app }) => getRequestListener(app.fetch)(request, response)).catch(next);
    });
  },
});

/**
 * As long as all styles are in one file, there is nothing to fetch along with what is loaded later.
 * Said here, in as many characters as Vite's mark for it has, Vite need not make the source map anew.
 */
const alone = (): Plugin => ({
  name: 'alone',
  generateBundle: {
    order: 'pre',
    handler(_, bundle) {
      if (Object.keys(bundle).filter((name) => name.endsWith('.css')).length > 1) return;
      for (const each of Object.values(bundle)) {
        if (each.type === 'chunk') each.code = each.code.replaceAll('__VITE_PRELOAD__', '[]'.padEnd(16));
      }
    },
  },
});

export default defineConfig({
  plugins: [react(), api(), alone()],
  // Compressing all files only to tell their sizes is for people.
  build: { outDir: 'dist/public', emptyOutDir: true, modulePreload: false, sourcemap: 'hidden', reportCompressedSize: !process.env.CI },
  define: { __SENTRY_DEBUG__: 'false', __SENTRY_TRACING__: 'false' },
  test: {
    environment: 'node', include: ['tests/**/*.test.{ts,tsx}'], globalSetup: 'tests/support/zone.ts', setupFiles: 'tests/support/database.ts', pool: 'threads', isolate: false, fileParallelism: false, testTimeout: 20_000,
    // Whatever .env says, tests send no e-mail and no signals, and believe no proxy. Connections are few, as each learns every statement anew.
    env: { DB_POOL: '4', MAIL_URL: '', APP_URL: '', TRUST_PROXY: '', ADMIN_EMAIL: '', GENESIS_SIGNALS: '', SENTRY_DSN: '', PLAUSIBLE_DOMAIN: '', UMAMI_WEBSITE_ID: '', POSTHOG_KEY: '' },
  },
});
