import { productOf } from '../corpus/product.ts';

const program = { method: 'pty' as const, command: 'node menu.mjs', timeoutSec: 12 };

function typing(send: string, ...visible: string[]) {
  return { send, press: 'enter' as const, expected: { visible } };
}

export const menu = productOf({
  name: 'menu',
  goal: 'Money goes in and out of the cash box in the terminal.',
  features: [
    {
      id: 'F-001',
      title: 'Put in, take out, history',
      description:
        'The menu has `2) Put in`, `3) Take out` and `4) History`. 2 and 3 ask for an `Amount:` and then say the balance; whole numbers from 1 only ("That is not an amount."), and no more than there is ("There is not enough in the box."). The history is numbered, with signs.',
      fulfils: ['VAL-CASH-001', 'VAL-CASH-002', 'VAL-HISTORY-001', 'VAL-MENU-001'],
      touches: ['*.mjs', 'test/**'],
    },
  ],
  assertions: [
    {
      id: 'VAL-CASH-001',
      statement: 'What is put in and taken out makes the balance.',
      proof: {
        ...program,
        steps: [
          { expected: { visible: ['2) Put in', '3) Take out'] } },
          typing('2', 'Amount:'),
          typing('70', 'Balance: 70'),
          typing('3', 'Amount:'),
          typing('20', 'Balance: 50'),
          typing('3', 'Amount:'),
          typing('50', 'Balance: 0'),
          typing('2', 'Amount:'),
          typing('8', 'Balance: 8'),
        ],
      },
    },
    {
      id: 'VAL-CASH-002',
      statement: 'What is no amount, or more than there is, is refused and changes nothing.',
      proof: {
        ...program,
        steps: [
          typing('2', 'Amount:'),
          typing('-5', 'That is not an amount.'),
          typing('2', 'Amount:'),
          typing('30', 'Balance: 30'),
          typing('3', 'Amount:'),
          typing('31', 'There is not enough in the box.'),
          typing('2', 'Amount:'),
          typing('1', 'Balance: 31'),
        ],
      },
    },
    {
      id: 'VAL-HISTORY-001',
      statement: 'The history lists every change in its order, with its sign.',
      proof: {
        ...program,
        steps: [
          typing('2', 'Amount:'),
          typing('90', 'Balance: 90'),
          typing('3', 'Amount:'),
          typing('15', 'Balance: 75'),
          typing('4', '1. +90', '2. -15'),
        ],
      },
    },
    {
      id: 'VAL-MENU-001',
      statement: 'The menu says what can be chosen, refuses all else, and ends when it is told to.',
      type: 'non_regression',
      scope: 'mission',
      proof: {
        ...program,
        steps: [
          { expected: { visible: ['Cash box', '1) Balance', '9) Quit'] } },
          typing('7', 'There is no such choice.'),
          typing('1', 'Balance: 0'),
          { send: '9', press: 'enter', expected: { exitCode: 0 } },
        ],
      },
    },
  ],
});
