import { missionsConfigSchema } from './missions-config.schema.ts';
import { modelRuleFaults } from './model-rules.ts';

const local = { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' };
const providers = {
  anthropic: { kind: 'anthropic' },
  local,
  codex: { kind: 'exec', command: ['agent', 'run'] },
};

function faultsOf(settings: object): readonly string[] {
  const config = missionsConfigSchema.parse({ providers, ...settings });
  return modelRuleFaults(config).map(({ path, problem }) => `${path.join('.')}: ${problem}`);
}

describe('the rules between models and providers', () => {
  it('let an external agent work, and nothing else', () => {
    const agent = { use: 'codex/default' };
    expect(faultsOf({ models: { worker: agent } })).toEqual([]);
    expect(faultsOf({ models: { worker: agent, scrutiny: agent } })).toEqual([
      'models.scrutiny.use: a provider of kind exec runs a whole run, and only the role worker can use one',
    ]);
  });

  it('find a provider that is reached but not there, or has no models', () => {
    const tape = { kind: 'recorded', recording: 'tape.jsonl', record: 'lokal' };
    const agent = { kind: 'acp', command: ['agent'], models: ['anthropic', 'codex'] };
    expect(faultsOf({ providers: { ...providers, tape, agent } })).toEqual([
      'providers.tape.record: there is no provider "lokal"; did you mean local?',
      'providers.agent.models: the provider "codex" has no models',
    ]);
  });

  it('know every capability’s provider', () => {
    expect(faultsOf({ capabilities: { 'locl/x': { contextTokens: 1 } } })).toEqual([
      'capabilities.locl/x: there is no provider "locl"; did you mean local?',
    ]);
  });

  it('take an effort only where the model does', () => {
    const models = { worker: { use: 'local/x', effort: 'max' } };
    expect(faultsOf({ models })).toEqual([]);
    expect(faultsOf({ models, capabilities: { 'local/x': { efforts: ['low', 'high'] } } })).toEqual([
      'models.worker.effort: local/x takes only low, high (capabilities)',
    ]);
    expect(faultsOf({ models, capabilities: { 'local/x': { efforts: [] } } })).toEqual([
      'models.worker.effort: local/x takes no effort (capabilities)',
    ]);
  });
});

describe('validators of another family', () => {
  const models = (scrutiny: string, testing: string): object => ({
    worker: { use: 'anthropic/claude-sonnet-5-5' },
    scrutiny: { use: scrutiny },
    user_testing: { use: testing },
  });
  const strict = { validators: { otherFamily: true } };

  it('are not asked for unless it is said', () => {
    expect(faultsOf({ models: models('anthropic/claude-opus-5-5', 'local/qwen3') })).toEqual([]);
  });

  it('are refused when they are of the workers’ family, through whatever provider', () => {
    const faults = faultsOf({ ...strict, models: models('local/vendor/claude-9', 'local/qwen3') });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(
      'models.scrutiny.use: local/vendor/claude-9 is of the family "claude" like the worker’s anthropic/claude-sonnet-5-5',
    );
  });

  it('go by what is said of a model before its name', () => {
    const settings = { ...strict, models: models('local/judge-1', 'local/qwen3') };
    expect(faultsOf(settings)).toEqual([]);
    expect(faultsOf({ ...settings, capabilities: { 'local/judge-1': { family: 'claude' } } })).toHaveLength(
      1,
    );
  });
});

describe('what an external agent is given', () => {
  const withEnv = (env: object): boolean =>
    missionsConfigSchema.safeParse({ providers: { a: { kind: 'acp', command: ['agent'], env } } }).success;

  it('holds no secret, by name or by value', () => {
    expect(withEnv({ LANG: 'C.UTF-8', MODEL_HINT: 'fast' })).toBe(true);
    expect(withEnv({ OPENAI_API_KEY: 'x' })).toBe(false);
    expect(withEnv({ github_token: 'x' })).toBe(false);
    expect(withEnv({ HINT: `sk-ant-api03-${'aB3_'.repeat(12)}` })).toBe(false);
  });

  it('is a program with arguments, never nothing', () => {
    const parsed = missionsConfigSchema.safeParse({ providers: { a: { kind: 'exec', command: [] } } });
    expect(parsed.success).toBe(false);
  });
});

describe('an endpoint', () => {
  it('names no password', () => {
    const parsed = missionsConfigSchema.safeParse({
      providers: { a: { ...local, baseUrl: 'https://me:hidden@models.example/v1' } },
    });
    expect(parsed.error?.issues[0]?.message).toBe(
      'names no user and no password; a key is named by apiKeyEnv',
    );
  });
});
