import { productOf } from '../corpus/product.ts';

const origin = 'http://127.0.0.1:8080';
const timeoutSec = 20;

function posting(body: string, expected: { readonly status: number; readonly text?: string }) {
  return {
    method: 'POST' as const,
    url: `${origin}/notes`,
    headers: { 'content-type': 'application/json' },
    body,
    expected,
  };
}

function getting(
  path: string,
  expected: {
    readonly status: number;
    readonly json?: Record<string, string | boolean>;
    readonly text?: string;
  },
) {
  return { method: 'GET' as const, url: `${origin}${path}`, expected };
}

export const notes = productOf({
  name: 'notes',
  goal: 'Notes can be written and read over HTTP, and are kept over a restart.',
  services: [{ name: 'web', start: 'node server.mjs', port: 8080 }],
  features: [
    {
      id: 'F-001',
      title: 'Write and read a note',
      description:
        '`POST /notes` with `{"text"}` answers 201 with `{id, text}`; ids begin at 1. `GET /notes/<id>` answers the note, or 404 with `{"error":"no such note"}`. A text that is missing or blank: 400.',
      fulfils: ['VAL-POST-001', 'VAL-POST-002', 'VAL-GET-001', 'VAL-HEALTH-001'],
      touches: ['server.mjs', 'notes.mjs', 'src/**', 'lib/**', 'test/**', 'package.json'],
    },
    {
      id: 'F-002',
      title: 'Keep notes',
      description: 'Notes are below `data/` and are there after a restart, in their order.',
      fulfils: ['VAL-KEEP-001'],
      touches: ['notes.mjs', 'src/**', 'lib/**', 'test/**', 'README.md'],
    },
  ],
  assertions: [
    {
      id: 'VAL-POST-001',
      statement: 'A note that was written can be read under its id.',
      proof: {
        method: 'http',
        timeoutSec,
        steps: [
          posting('{"text":"Tea with Ada"}', { status: 201, text: 'Tea with Ada' }),
          posting('{"text":"Bread"}', { status: 201, text: 'Bread' }),
          getting('/notes/1', { status: 200, json: { text: 'Tea with Ada' } }),
          getting('/notes/2', { status: 200, json: { text: 'Bread' } }),
        ],
      },
    },
    {
      id: 'VAL-POST-002',
      statement: 'A note without a text is refused with 400.',
      proof: {
        method: 'http',
        timeoutSec,
        steps: [
          posting('{"text":"   "}', { status: 400 }),
          posting('{"words":"x"}', { status: 400 }),
          posting('{"text":', { status: 400 }),
          getting('/notes', { status: 200, text: '[]' }),
        ],
      },
    },
    {
      id: 'VAL-GET-001',
      statement:
        'Each note is read under its own id; a note that does not exist is answered with 404 and says so.',
      proof: {
        method: 'http',
        timeoutSec,
        steps: [
          posting('{"text":"one"}', { status: 201 }),
          posting('{"text":"two"}', { status: 201 }),
          getting('/notes/1', { status: 200, json: { text: 'one' } }),
          getting('/notes/3', { status: 404, text: 'no such note' }),
        ],
      },
    },
    { id: 'VAL-KEEP-001', statement: 'Notes are there after a restart, in their order, under their ids.' },
    {
      id: 'VAL-HEALTH-001',
      statement: 'The server says that it is healthy, and has no notes at first.',
      type: 'non_regression',
      scope: 'mission',
      proof: {
        method: 'http',
        timeoutSec,
        steps: [
          getting('/health', { status: 200, json: { ok: true } }),
          getting('/notes', { status: 200, text: '[]' }),
          getting('/nowhere', { status: 404 }),
        ],
      },
    },
  ],
});
