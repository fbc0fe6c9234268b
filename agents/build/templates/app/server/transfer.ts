import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Entity } from '../shared/entity';
import { CsvError } from '../shared/csv';
import { exported, streamed } from './export';
import type { Env } from './http';
import { taken } from './import';
import { guard } from './records';

function decoded(file: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch {
    throw new CsvError('The file is not in UTF-8: save it as “CSV UTF-8”');
  }
}

/** The records of an entity as a file, and a file as records. */
export function transfer(entity: Entity) {
  return new Hono<Env>()
    .get('/export.csv', async (c) => {
      const user = c.get('user');
      const far = guard(entity, 'list', user);
      // Spreadsheets know by the mark that the file is in UTF-8; other programs stumble over it.
      const mark = c.req.query('_mark') === '1' ? '\ufeff' : '';
      const { _mark: _, ...query } = c.req.queries();
      return c.body(await streamed(exported(entity, user, far, query), mark), 200, {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': `attachment; filename="${entity.path}.csv"`,
      });
    })
    .post('/import', async (c) => {
      const user = c.get('user');
      guard(entity, 'create', user);
      if (!c.req.header('content-type')?.startsWith('text/csv')) throw new HTTPException(415, { message: 'Send the file as text/csv' });
      try {
        const report = await taken(entity, user, decoded(await c.req.arrayBuffer()), c.req.query('dryRun') === '1');
        if (report.dryRun || report.wrongTotal === 0) return c.json(report);
        return c.json({ error: 'Nothing was imported, as lines are wrong', ...report }, 422);
      } catch (error) {
        if (error instanceof CsvError) return c.json({ error: error.message }, 422);
        throw error;
      }
    });
}
