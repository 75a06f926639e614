import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedactor } from '@missions/kernel';
import type { ContentBlock } from '../content.ts';
import { ModelError } from '../model-error.ts';
import type { Model } from '../model.ts';
import { noUsage } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import { withRunHeader, type RunHeader } from '../run-header.ts';
import { RecordedModel } from './recorded-model.ts';
import { Recording } from './recording.ts';

const PLANTED = 'planted-secret-of-the-house';
const SHAPED = `sk-ant-api03-${'aB3_'.repeat(12)}`;

interface Source extends Model {
  readonly asked: ModelRequest[];
}

/** A real model, as far as a recording can tell. */
function sourceSaying(answer: (request: ModelRequest) => readonly ContentBlock[]): Source {
  const asked: ModelRequest[] = [];
  return {
    id: 'real/any',
    asked,
    respond: (request) => {
      asked.push(request);
      return Promise.resolve({ content: [...answer(request)], stopReason: 'end_turn', usage: noUsage });
    },
  };
}

const text = (value: string): ContentBlock => ({ type: 'text', text: value });

function ask(header: RunHeader = {}, more: Partial<ModelRequest> = {}): ModelRequest {
  const opening = withRunHeader({ mission: 'm-1', role: 'worker', ...header }, 'Build it for m-1.');
  return {
    system: 'You build things well.',
    messages: [{ role: 'user', content: [text(opening) as { type: 'text'; text: string }] }],
    tools: [{ name: 'read', description: 'Reads.', inputSchema: { type: 'object', properties: {} } }],
    maxTokens: 100,
    ...more,
  };
}

describe('a recorded model', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'missions-recorded-'));
    path = join(directory, 'session.jsonl');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = async (source?: Model, masks: readonly RegExp[] = []): Promise<RecordedModel> =>
    new RecordedModel({
      id: 'tape/any',
      model: 'any',
      recording: await Recording.open(path, { mustExist: source === undefined }),
      source,
      redactor: createRedactor({ secrets: [{ name: 'HOUSE_KEY', value: PLANTED }] }),
      masks,
    });
  const missOf = async (request: ModelRequest): Promise<string> => {
    const error: unknown = await (await open()).respond(request).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind: 'model', code: 'model', transient: false });
    return (error as Error).message;
  };

  it('asks nobody twice: not in the same session, not in the next', async () => {
    const source = sourceSaying(() => [text('Yes.')]);
    const recording = await open(source);
    const first = await recording.respond(ask());
    expect(await recording.respond(ask())).toEqual(first);
    expect(await (await open(source)).respond(ask())).toEqual(first);
    expect(await (await open()).respond(ask())).toEqual(first);
    expect(source.asked).toHaveLength(1);
  });

  it('writes no secret, by value or by shape, and gives the reply as it wrote it', async () => {
    const source = sourceSaying(() => [
      text(`It is ${PLANTED}.`),
      { type: 'tool_use', id: 'c', name: 'read', input: { [PLANTED]: `the key ${SHAPED}` } },
    ]);
    const request = ask({}, { system: `Use ${PLANTED} and ${SHAPED}.` });
    const reply = await (await open(source)).respond(request);
    expect(reply.content[0]).toEqual(text('It is [redacted:HOUSE_KEY].'));
    const written = await readFile(path, 'utf8');
    expect(written).toContain('[redacted:anthropic-key]');
    expect(written).not.toContain(PLANTED);
    expect(written).not.toContain(SHAPED);
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect(await (await open()).respond(request)).toEqual(reply);
  });

  it('leaves away a signed thought in which a secret was', async () => {
    const source = sourceSaying(() => [
      { type: 'thinking', text: `I saw ${PLANTED}.`, signature: 's' },
      { type: 'thinking', text: 'For m-1, then.', signature: 't' },
      text('Done.'),
    ]);
    const { content } = await (await open(source)).respond(ask());
    expect(content).toEqual([{ type: 'thinking', text: 'For m-1, then.', signature: 't' }, text('Done.')]);
  });

  it('is played to another mission, in that mission’s name', async () => {
    await (await open(sourceSaying(() => [text('m-1 is done.')]))).respond(ask());
    const other = ask({ mission: 'm-2' });
    const request = JSON.parse(JSON.stringify(other).replaceAll('m-1', 'm-2')) as ModelRequest;
    const reply = await (await open()).respond(request);
    expect(reply.content).toEqual([text('m-2 is done.')]);
  });

  it('knows a request again whose keys a database returned in another order', async () => {
    await (await open(sourceSaying(() => [text('Yes.')]))).respond(ask());
    const tools = [{ inputSchema: { properties: {}, type: 'object' }, description: 'Reads.', name: 'read' }];
    expect((await (await open()).respond(ask({}, { tools }))).content).toEqual([text('Yes.')]);
  });

  it('does not compare what is masked', async () => {
    const masks = [/\d+ ms/gu];
    await (
      await open(
        sourceSaying(() => [text('Yes.')]),
        masks,
      )
    ).respond(ask({}, { system: 'took 12 ms' }));
    const reply = await (await open(undefined, masks)).respond(ask({}, { system: 'took 345 ms' }));
    expect(reply.content).toEqual([text('Yes.')]);
  });

  it('names the part that differs, and both texts where they part', async () => {
    await (await open(sourceSaying(() => [text('Yes.')]))).respond(ask());
    const changed = await missOf(ask({}, { system: 'You build things fast.' }));
    expect(changed).toContain(
      'has no reply for turn 1 of {"role":"worker"}: it differs from the recorded one in',
    );
    expect(changed).toContain('the system prompt at character 17: there "You build things well."');
    expect(changed).toContain('here "You build things fast."');
    const tools = [{ name: 'read', description: 'Reads files.', inputSchema: { type: 'object' } }];
    expect(await missOf(ask({}, { tools }))).toContain('tools.0 at character');
    expect(await missOf(ask({}, { tools: [] }))).toContain('here nothing');
    expect(await missOf(ask({}, { maxTokens: 7 }))).toContain('maxTokens: there 100, here 7');
    expect(await missOf(ask({}, { effort: 'high' }))).toContain('effort: there none, here high');
    const [first] = ask().messages;
    if (!first) throw new Error('no message');
    const grown = [first, { role: 'assistant' as const, content: [text('a')] }, first];
    expect(await missOf(ask({}, { messages: grown }))).toContain('nearest is turn 1 of {"role":"worker"}');
    expect(await missOf(ask({ role: 'scrutiny' }))).toContain('nearest is turn 1 of {"role":"worker"}');
  });

  it('keeps what every session would meet, and nothing that passes', async () => {
    const failing = (code: 'context_overflow' | 'rate_limit'): Model => ({
      id: 'real/any',
      respond: () => Promise.reject(new ModelError(code, `by ${PLANTED}`)),
    });
    await expect((await open(failing('rate_limit'))).respond(ask())).rejects.toMatchObject({
      code: 'rate_limit',
    });
    expect(await missingFile()).toBe(true);
    await expect((await open(failing('context_overflow'))).respond(ask())).rejects.toThrow();
    await expect((await open()).respond(ask())).rejects.toMatchObject({
      code: 'context_overflow',
      message: 'by [redacted:HOUSE_KEY]',
    });
  });

  it('is written by several processes at once', async () => {
    const source = sourceSaying((request) => [text(String(request.maxTokens))]);
    const models = await Promise.all(Array.from({ length: 3 }, () => open(source)));
    const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
    await Promise.all(
      models.flatMap((model, index) =>
        numbers.map((number) => model.respond(ask({}, { maxTokens: index * 10 + number }))),
      ),
    );
    const played = await open();
    for (let maxTokens = 1; maxTokens <= 30; maxTokens += 1)
      expect((await played.respond(ask({}, { maxTokens }))).content).toEqual([text(String(maxTokens))]);
  });

  it('passes over a line that a killed process left half written, and goes on after it', async () => {
    const source = sourceSaying(() => [text('Yes.')]);
    await (await open(source)).respond(ask());
    await appendFile(path, '{"version":1,"question":{"key":"abc');
    await (await open(source)).respond(ask({ attempt: 2 }));
    const played = await open();
    expect((await played.respond(ask())).content).toEqual([text('Yes.')]);
    expect((await played.respond(ask({ attempt: 2 }))).content).toEqual([text('Yes.')]);
    expect(source.asked).toHaveLength(2);
  });

  it('is refused when it is missing, or is something else', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'CONFIG' });
    await appendFile(path, '{"some":"json"}\n{"part":"a","value":1}\n');
    await expect(open()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('session.jsonl:1: is no line of a recording') as unknown,
    });
  });

  function missingFile(): Promise<boolean> {
    return stat(path).then(
      () => false,
      () => true,
    );
  }
});
