import { productOf } from '../corpus/product.ts';

export const migrate = productOf({
  name: 'migrate',
  goal: 'Files of people go from version 1 to version 2, and both can be shown.',
  features: [
    {
      id: 'F-001',
      title: 'Migrate a file',
      description:
        '`node migrate.mjs FILE` turns `name` into `first` (all words but the last) and `last`, keeps every other field, sets version 2, and keeps the old file as `FILE.bak`. A file of version 2 stays as it is: "already version 2". What cannot be migrated stays as it is: `FILE: <why>` on stderr, exit code 1. A script `migrate` in package.json is welcome.',
      fulfils: ['VAL-MOVE-001', 'VAL-TWICE-001', 'VAL-BROKEN-001'],
      touches: ['migrate.mjs', 'lib/**', 'test/**', 'package.json'],
    },
    {
      id: 'F-002',
      title: 'Show both versions',
      description: '`node show.mjs FILE` prints the people of either version.',
      fulfils: ['VAL-SHOW-001', 'VAL-SHOW-002'],
      touches: ['show.mjs', 'lib/**', 'test/**', 'sample/**', 'README.md'],
    },
  ],
  assertions: [
    {
      id: 'VAL-MOVE-001',
      statement: 'Every person gets first and last name, nothing else is lost, and the old file is kept.',
    },
    { id: 'VAL-TWICE-001', statement: 'A second migration changes nothing, not even the backup.' },
    {
      id: 'VAL-BROKEN-001',
      statement: 'What cannot be migrated is said with exit code 1 and stays as it was.',
    },
    {
      id: 'VAL-SHOW-001',
      statement: 'Files of version 1 are shown as they were.',
      type: 'non_regression',
      scope: 'mission',
    },
    { id: 'VAL-SHOW-002', statement: 'Files of version 2 are shown like those of version 1.' },
  ],
});
