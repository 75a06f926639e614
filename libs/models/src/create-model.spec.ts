import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, isScripted, priceOf } from './create-model.ts';
import { free } from './price.ts';
import { modelChoiceSchema, providersSchema } from './provider.ts';

const providers = providersSchema.parse({
  anthropic: { kind: 'anthropic' },
  demo: { kind: 'scripted', script: './script.yaml' },
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
  ])('refuses %s', async (use, message) => {
    await expect(create(use)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('prices scripted replies at nothing and never guesses a price', () => {
    const price = { input: 3, output: 15 };
    expect(priceOf('demo/x', providers, {})).toBe(free);
    expect(priceOf('anthropic/any', providers, { 'anthropic/any': price })).toBe(price);
    expect(priceOf('anthropic/other', providers, { 'anthropic/any': price })).toBeUndefined();
    expect([isScripted('demo/x', providers), isScripted('anthropic/x', providers)]).toEqual([true, false]);
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
