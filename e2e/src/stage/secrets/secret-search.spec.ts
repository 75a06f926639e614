import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedactor, type Redactor } from '@missions/kernel';
import { approved } from '@missions/mission/testing';
import { driveRun, performAgentRun } from '@missions/runs';
import { RunWorld } from '@missions/runs/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import { z } from 'zod';
import { gitObjectsBelow } from './gather-places.ts';
import { leaksIn, type Leak } from './spellings.ts';

const planted = { name: 'token', value: `ghp_${'a1B2'.repeat(9)}` };
const multiline = { name: 'phrase', value: 'two "quoted"\nlines & more of them' };

const found = (bytes: Buffer | string) =>
  leaksIn([{ where: 'here', bytes: Buffer.from(bytes) }], [planted, multiline]);

describe('the search for planted values', () => {
  const bytes = Buffer.from(planted.value);

  it.each([
    ['plain', `x${planted.value}y`],
    ['JSON', JSON.stringify({ text: multiline.value })],
    ['JSON in JSON', JSON.stringify({ line: JSON.stringify({ text: multiline.value }) })],
    ['URL', `?q=${encodeURIComponent(multiline.value)}`],
    ['hex', bytes.toString('hex')],
    ['UTF-16', Buffer.from(planted.value, 'utf16le')],
    ['base64', bytes.toString('base64')],
    ['base64', Buffer.from(`x:${planted.value}`).toString('base64')],
    ['base64', Buffer.from(`user:${planted.value}:more`).toString('base64')],
    ['base64url', Buffer.from(`>>>${multiline.value}`).toString('base64url')],
  ])('finds them in the spelling %s', (spelling, text) => {
    const spellings = found(text).map((leak) => leak.spelling);
    expect(spellings.map((one) => one.replace('base64url', 'base64'))).toContain(
      spelling.replace('base64url', 'base64'),
    );
  });

  it('finds nothing where there is nothing', () => {
    expect(found(`ghp_${'a1B2'.repeat(8)} and "quoted" lines`)).toEqual([]);
  });

  it('finds them in Git objects that nothing reaches any more, loose or packed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'missions-search-'));
    try {
      const repository = PersonRepository.create(join(directory, 'product'));
      repository.write('README.md', 'start');
      const clean = repository.commit('Start');
      repository.write('key.txt', planted.value);
      repository.commit('Oops');
      repository.git('reset', '--quiet', '--hard', clean);
      const [loose] = leaksIn(gitObjectsBelow(directory), [planted]);
      expect(loose).toMatchObject({ name: 'token', spelling: 'plain' });
      repository.git('repack', '-adk', '--quiet');
      expect(leaksIn(gitObjectsBelow(directory), [planted])).toHaveLength(1);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('a run whose model and tool say a planted key', () => {
  async function leaksOf(redactor: Redactor): Promise<readonly Leak[]> {
    const world = await RunWorld.after(approved());
    const { value } = planted;
    world.script(
      { text: `I remember ${value}.`, calls: [{ tool: 'look', input: { at: value } }] },
      { calls: [{ tool: 'finish', input: { at: 'the end' } }] },
    );
    const input = z.strictObject({ at: z.string() });
    const tool = (name: string, effect: 'read' | 'closing') => ({
      name,
      effect,
      description: name,
      input,
      execute: () => Promise.resolve({ content: `It says ${value}.`, captured: { line: value } }),
    });
    await driveRun(
      world.host({ redactor }),
      await world.delegation(),
      async (claimed) => {
        await performAgentRun(claimed, {
          system: 'Build.',
          briefing: 'F-001',
          tools: () => [tool('look', 'read'), tool('finish', 'closing')],
          researchTools: [],
        });
      },
      new AbortController().signal,
    );
    return leaksIn([{ where: 'log', bytes: Buffer.from(await world.written()) }], [planted]);
  }

  it('leaves no trace of it with the redactor', async () => {
    expect(await leaksOf(createRedactor({ secrets: [] }))).toEqual([]);
  });

  it('is found out without it, so that the search can fail', async () => {
    const real = createRedactor({ secrets: [] });
    const disabled: Redactor = { ...real, redact: (text) => text };
    expect(await leaksOf(disabled)).toContainEqual({ name: 'token', spelling: 'plain', where: 'log' });
  });
});
