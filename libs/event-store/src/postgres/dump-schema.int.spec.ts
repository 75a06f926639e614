import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@missions/testing';
import { dumpSchema } from './index.ts';

const COMMITTED = fileURLToPath(new URL('../../../../infra/postgres/schema.sql', import.meta.url));

/** Set to write the dump instead of comparing it. */
const update = process.env['MISSIONS_UPDATE_SCHEMA'] === '1';

describe('the dumped schema', () => {
  it('is what the migrations lead to (after a change: npm run schema:dump)', async () => {
    const database = await testDatabase();
    try {
      const dumped = await dumpSchema(database.connectionString);
      expect(await dumpSchema(database.connectionString)).toBe(dumped);
      if (update) await writeFile(COMMITTED, dumped);
      expect(await readFile(COMMITTED, 'utf8')).toBe(dumped);
    } finally {
      await database.drop();
    }
  });
});
