import { productOf } from '../corpus/product.ts';

const proof = (id: string) => ({
  method: 'command' as const,
  command: `node "$CONTRACT_DIR/${id}/proof.cjs"`,
  expected: { exitCode: 0, stdout: `${id} holds` },
});

export const money = productOf({
  name: 'money',
  goal: 'The library shares amounts without losing a cent, and reads what it writes.',
  features: [
    {
      id: 'F-001',
      title: 'Share an amount',
      description:
        '`allocate(cents, ratios)` gives whole cents by ratio that sum up to the amount; odd cents go to the largest remainders, then to the first. Ratios that are empty, all zero or negative: a RangeError.',
      fulfils: ['VAL-SHARE-001', 'VAL-SHARE-002', 'VAL-FORMAT-001'],
      touches: ['index.js', '*.js', 'lib/**', 'test/**', 'package.json'],
    },
    {
      id: 'F-002',
      title: 'Read an amount',
      description:
        '`parse(text)` gives the cents of what `format` writes, also without cents or commas; anything else throws an error that says "not an amount".',
      fulfils: ['VAL-PARSE-001', 'VAL-PARSE-002'],
      touches: ['index.js', '*.js', 'lib/**', 'test/**', 'README.md'],
    },
  ],
  assertions: [
    {
      id: 'VAL-SHARE-001',
      statement: 'Shares follow the ratios, lose no cent, and give odd cents to the largest remainders.',
      proof: proof('VAL-SHARE-001'),
    },
    {
      id: 'VAL-SHARE-002',
      statement: 'Ratios that nobody can share by are refused with a RangeError.',
      proof: proof('VAL-SHARE-002'),
    },
    {
      id: 'VAL-PARSE-001',
      statement: 'Whatever is written as an amount is read as its cents.',
      proof: proof('VAL-PARSE-001'),
    },
    {
      id: 'VAL-PARSE-002',
      statement: 'What is not an amount is refused, and the error says so.',
      proof: proof('VAL-PARSE-002'),
    },
    {
      id: 'VAL-FORMAT-001',
      statement: 'Amounts are written with their sign, commas and two digits of cents.',
      type: 'non_regression',
      scope: 'mission',
      proof: proof('VAL-FORMAT-001'),
    },
  ],
});
