import { productOf } from '../corpus/product.ts';

export const tasks = productOf({
  name: 'tasks',
  goal: 'Tasks on the command line can be done, and listed by what is still open.',
  features: [
    {
      id: 'F-001',
      title: 'Mark a task as done',
      description:
        '`node tasks.mjs done ID` marks a task; `list` shows `[x]` or `[ ]` after the id. An unknown id: `no task ID` on stderr, exit code 1.',
      fulfils: ['VAL-DONE-001', 'VAL-DONE-002', 'VAL-ADD-001'],
      touches: ['tasks.mjs', 'src/**', 'test/**'],
    },
    {
      id: 'F-002',
      title: 'List what is open',
      description: '`list --open` leaves out what is done. A list without any line says `nothing to do`.',
      fulfils: ['VAL-OPEN-001', 'VAL-OPEN-002'],
      touches: ['tasks.mjs', 'src/**', 'test/**', 'README.md'],
    },
  ],
  assertions: [
    { id: 'VAL-DONE-001', statement: 'A task that is done is listed with [x], also later; others are not.' },
    {
      id: 'VAL-DONE-002',
      statement: 'An id that does not exist is refused with exit code 1 and changes nothing.',
    },
    { id: 'VAL-OPEN-001', statement: '`list --open` shows the open tasks only, `list` shows all.' },
    { id: 'VAL-OPEN-002', statement: 'A list that would be empty says "nothing to do", any other does not.' },
    {
      id: 'VAL-ADD-001',
      statement: 'Tasks are added with rising ids and listed in their order.',
      type: 'non_regression',
      scope: 'mission',
    },
  ],
});
