import { productOf } from '../corpus/product.ts';

const origin = 'http://127.0.0.1:8080';
const timeoutSec = 25;
const title = { label: 'Title' };
const add = { role: 'button', name: 'Add card' };

function posting(path: string, body: string, expected: { readonly status: number; readonly text?: string }) {
  return { method: 'POST' as const, url: `${origin}${path}`, body, expected };
}

const opened = { action: 'goto' as const, url: `${origin}/`, expected: { visible: ['Board'] } };

function adding(card: string) {
  return [
    { action: 'fill' as const, target: title, value: card },
    { action: 'click' as const, target: add },
  ];
}

export const board = productOf({
  name: 'board',
  goal: 'Cards can be added and finished on the page, and through its API.',
  services: [{ name: 'web', start: 'node server.mjs', port: 8080, health: `${origin}/` }],
  features: [
    {
      id: 'F-001',
      title: 'Cards on the page',
      description:
        'The page has a field "Title" and a button "Add card"; cards stand below, each with a button "Finish <title>", and "(done)" after its title when it is. A title is needed: "a card needs a title". API: `GET /api/cards`, `POST /api/cards {title}` (201, or 422), `POST /api/cards/<id>/done`.',
      fulfils: [
        'VAL-API-001',
        'VAL-API-002',
        'VAL-PAGE-001',
        'VAL-PAGE-002',
        'VAL-PAGE-003',
        'VAL-TITLE-001',
      ],
      touches: ['server.mjs', 'cards.mjs', 'public/**', 'test/**'],
    },
  ],
  assertions: [
    {
      id: 'VAL-API-001',
      statement: 'Cards are added under ids of their own, finished one by one, and listed.',
      proof: {
        method: 'http',
        timeoutSec,
        steps: [
          posting('/api/cards', '{"title":"Tea"}', { status: 201, text: 'Tea' }),
          posting('/api/cards', '{"title":"Bread"}', { status: 201, text: 'Bread' }),
          posting('/api/cards/2/done', '{}', { status: 200 }),
          {
            method: 'GET',
            url: `${origin}/api/cards`,
            expected: {
              json: [
                { id: 1, title: 'Tea', done: false },
                { id: 2, title: 'Bread', done: true },
              ],
            },
          },
        ],
      },
    },
    {
      id: 'VAL-API-002',
      statement: 'A card without a title is refused with 422.',
      proof: {
        method: 'http',
        timeoutSec,
        steps: [
          posting('/api/cards', '{"title":"  "}', { status: 422 }),
          posting('/api/cards', '{}', { status: 422 }),
          { method: 'GET', url: `${origin}/api/cards`, expected: { status: 200, text: '[]' } },
        ],
      },
    },
    {
      id: 'VAL-PAGE-001',
      statement:
        'A card that is added on the page stands there, and is still there when the page is opened again.',
      proof: {
        method: 'browser',
        timeoutSec,
        steps: [
          opened,
          ...adding('Tea with Ada'),
          { action: 'wait', expected: { visible: ['Tea with Ada'] } },
          { action: 'reload', expected: { visible: ['Tea with Ada'], consoleErrors: 0 } },
        ],
      },
    },
    {
      id: 'VAL-PAGE-002',
      statement: 'Whoever adds a card without a title is told what is missing.',
      proof: {
        method: 'browser',
        timeoutSec,
        steps: [opened, { action: 'click', target: add, expected: { visible: ['a card needs a title'] } }],
      },
    },
    {
      id: 'VAL-PAGE-003',
      statement: 'A card that is finished says so.',
      proof: {
        method: 'browser',
        timeoutSec,
        steps: [
          opened,
          ...adding('Bread'),
          { action: 'click', target: { role: 'button', name: 'Finish Bread' } },
          { action: 'wait', expected: { visible: ['Bread (done)'] } },
        ],
      },
    },
    {
      id: 'VAL-TITLE-001',
      statement: 'The page is served and says what it is.',
      type: 'non_regression',
      scope: 'mission',
      proof: {
        method: 'http',
        timeoutSec,
        steps: [{ method: 'GET', url: `${origin}/`, expected: { status: 200, text: '<h1>Board</h1>' } }],
      },
    },
  ],
});
