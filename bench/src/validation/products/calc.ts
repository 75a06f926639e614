import { productOf } from '../corpus/product.ts';

export const calc = productOf({
  name: 'calc',
  goal: 'The calculator knows precedence, parentheses, errors and names.',
  features: [
    {
      id: 'F-001',
      title: 'Products, quotients and parentheses',
      description:
        '`*` and `/` before `+` and `-`, from left to right; parentheses; a minus sign before anything. A division by zero: `division by zero` on stderr, exit code 1. What cannot be read: `syntax error`, exit code 1.',
      fulfils: ['VAL-ORDER-001', 'VAL-PAREN-001', 'VAL-ERROR-001', 'VAL-SUM-001'],
      touches: ['*.mjs', 'test/**'],
    },
    {
      id: 'F-002',
      title: 'Names',
      description:
        '`calc.mjs "2 * x" x=3` prints 6. A name without a value: `unknown name <name>` on stderr, exit code 1.',
      fulfils: ['VAL-NAME-001'],
      touches: ['*.mjs', 'test/**', 'README.md'],
    },
  ],
  assertions: [
    { id: 'VAL-ORDER-001', statement: 'Products and quotients come before sums, each from left to right.' },
    { id: 'VAL-PAREN-001', statement: 'Parentheses come first, and a sign may stand before anything.' },
    {
      id: 'VAL-ERROR-001',
      statement: 'A division by zero and what cannot be read are errors that say so, with exit code 1.',
    },
    { id: 'VAL-NAME-001', statement: 'Names have the values of the command line; unknown ones are errors.' },
    {
      id: 'VAL-SUM-001',
      statement: 'Sums and differences are what they were, and so is the syntax error.',
      type: 'non_regression',
      scope: 'mission',
    },
  ],
});
