import type { IncomingMessage, ServerResponse } from 'node:http';
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

export default defineConfig({
  plugins: [react(), api()],
  build: { outDir: 'dist/public', emptyOutDir: true },
  test: {
    environment: 'node', include: ['tests/**/*.test.{ts,tsx}'], globalSetup: 'tests/support/zone.ts', setupFiles: 'tests/support/database.ts', pool: 'threads', isolate: false, fileParallelism: false, testTimeout: 20_000,
    // Whatever .env says, tests send no e-mail and believe no proxy.
    env: { MAIL_URL: '', APP_URL: '', TRUST_PROXY: '', ADMIN_EMAIL: '' },
  },
});
