import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, isScripted, priceOf } from './create-model.ts';
import { free } from './price.ts';
import { keyVariablesOf } from './key-variables.ts';
import { modelChoiceSchema, providersSchema, recordedProviderSchema } from './provider.ts';
import type { ModelRequest } from './request.ts';
import { externalAgentOf } from './resolve-choice.ts';
import { withRunHeader } from './run-header.ts';

const providers = providersSchema.parse({
  anthropic: { kind: 'anthropic' },
  demo: { kind: 'scripted', script: './script.yaml' },
  local: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', contextTokens: 8000 },
  paid: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: 'PAID_KEY' },
  tape: { kind: 'recorded', recording: './tape.jsonl', record: 'demo' },
  played: { kind: 'recorded', recording: './tape.jsonl' },
  loop: { kind: 'recorded', recording: './tape.jsonl', record: 'tape' },
  agent: { kind: 'acp', command: ['agent'], models: ['paid', 'local'] },
});

describe('choosing a model', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'missions-models-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const create = (use: string, env = {}) => createModel({ use }, { providers, env, directory });

  it('makes a scripted one from a file beside the configuration', async () => {
    await writeFile(join(directory, 'script.yaml'), 'version: 1\nruns: []\n');
    expect((await create('demo/a/b')).id).toBe('demo/a/b');
  });

  it('makes an anthropic one with the key of its environment', async () => {
    expect((await create('anthropic/any', { ANTHROPIC_API_KEY: 'k' })).id).toBe('anthropic/any');
  });

  it('makes one of a server of Chat Completions, with a key only where one is named', async () => {
    expect((await create('local/any:7b')).id).toBe('local/any:7b');
    await expect(create('paid/any')).rejects.toMatchObject({
      code: 'auth',
      message: 'PAID_KEY is not set; paid/any needs an API key in it.',
    });
    expect((await create('paid/any', { PAID_KEY: 'k' })).id).toBe('paid/any');
  });

  it('says of a model what its own entry says, else what its provider says of all', async () => {
    const capabilities = { 'local/large': { contextTokens: 64_000 } };
    const model = (use: string) => createModel({ use }, { providers, capabilities, env: {}, directory });
    expect((await model('local/large')).contextTokens).toBe(64_000);
    expect((await model('local/small')).contextTokens).toBe(8000);
  });

  it('records one model and plays it back without asking anybody', async () => {
    const script = 'version: 1\nruns: [{ match: {}, turns: [{ text: Yes. }] }]\n';
    await writeFile(join(directory, 'script.yaml'), script);
    const opening = withRunHeader({ role: 'worker' }, 'Go.');
    const request: ModelRequest = {
      system: '',
      messages: [{ role: 'user', content: [{ type: 'text', text: opening }] }],
      tools: [],
      maxTokens: 10,
    };
    const reply = await (await create('tape/any')).respond(request);
    await rm(join(directory, 'script.yaml'));
    expect(await (await create('played/any')).respond(request)).toEqual(reply);
  });

  it('calls a missing key a matter of auth, by the name of its variable', async () => {
    await expect(create('anthropic/any')).rejects.toMatchObject({
      code: 'auth',
      message: 'ANTHROPIC_API_KEY is not set; anthropic/any needs an API key in it.',
    });
  });

  it.each([
    ['antropic/any', 'Unknown model provider "antropic" in "antropic/any", did you mean "anthropic"?'],
    ['toString/any', 'Unknown model provider "toString" in "toString/any".'],
    ['anthropic', 'A model is named provider/model, but "anthropic" names no model.'],
    ['demo/x', 'The model script cannot be read'],
    ['played/x', 'cannot be read (ENOENT); name a provider to record from'],
    ['loop/x', '"loop/x" cannot be recorded from a recording.'],
    ['agent/x', '"agent/x" is no model: a provider of kind acp runs a whole run'],
  ])('refuses %s', async (use, message) => {
    await expect(create(use)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('prices scripted replies at nothing and never guesses a price', () => {
    const price = { input: 3, output: 15 };
    const recorded = recordedProviderSchema.parse({ kind: 'recorded', recording: 't', record: 'paid' });
    expect(priceOf('demo/x', providers, {})).toBe(free);
    expect(priceOf('anthropic/any', providers, { 'anthropic/any': price })).toBe(price);
    expect(priceOf('anthropic/other', providers, { 'anthropic/any': price })).toBeUndefined();
    expect(priceOf('played/x', providers, {})).toBe(free);
    expect(priceOf('tape/any', { ...providers, tape: recorded }, { 'paid/any': price })).toBe(price);
    expect([isScripted('demo/x', providers), isScripted('anthropic/x', providers)]).toEqual([true, false]);
  });
});

describe('an external agent', () => {
  it('is what a choice of its provider names, and no other choice', () => {
    expect(externalAgentOf('agent/default', providers)).toMatchObject({ kind: 'acp', command: ['agent'] });
    expect(externalAgentOf('local/any', providers)).toBeUndefined();
    expect(() => externalAgentOf('agnt/default', providers)).toThrow('did you mean "agent"?');
  });

  it('needs the keys of the models it may reach', () => {
    expect(keyVariablesOf('agent', providers)).toEqual(['PAID_KEY']);
    expect(keyVariablesOf('tape', providers)).toEqual([]);
    expect(keyVariablesOf('anthropic', providers)).toEqual(['ANTHROPIC_API_KEY']);
  });
});

describe('the configuration of providers', () => {
  it('says so when a kind is not supported', () => {
    const parsed = providersSchema.safeParse({ local: { kind: 'ollama', baseUrl: 'http://x' } });
    expect(parsed.error?.issues[0]?.message).toBe(
      'Provider kind not yet supported in this version: "ollama"; supported are anthropic, openai-compatible, scripted, recorded, acp, exec.',
    );
  });

  it('refuses a key that is written down', () => {
    expect(providersSchema.safeParse({ a: { kind: 'anthropic', apiKey: 'sk' } }).success).toBe(false);
  });

  it('needs provider/model', () => {
    expect(modelChoiceSchema.safeParse({ use: 'opus' }).success).toBe(false);
    expect(modelChoiceSchema.safeParse({ use: 'anthropic/opus', effort: 'high' }).success).toBe(true);
  });
});
