import { createModel } from '../create-model.ts';
import { providersSchema } from '../provider.ts';
import { resolveChoice } from '../resolve-choice.ts';
import { quotaAccountOf, type QuotaAccount } from './quota-account.ts';

const rate = { requestsPerMin: 50 };
const providers = providersSchema.parse({
  anthropic: { kind: 'anthropic' },
  team: { kind: 'anthropic', apiKeyEnv: 'TEAM_KEY', rate },
  local: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' },
  demo: { kind: 'scripted', script: './script.yaml' },
  tape: { kind: 'recorded', recording: './tape.jsonl' },
});

const accountOf = (use: string, env = {}): QuotaAccount | undefined =>
  quotaAccountOf(resolveChoice(use, providers), env);

describe('the account whose rate a call uses', () => {
  it('is one for all models where its rate is configured, else one for each model', () => {
    expect(accountOf('team/a')?.id).toBe(accountOf('team/b')?.id);
    expect(accountOf('team/a')?.configured).toEqual(rate);
    expect(accountOf('anthropic/a')?.id).not.toBe(accountOf('anthropic/b')?.id);
    expect(accountOf('anthropic/a')?.configured).toEqual({});
  });

  it('differs by provider, by address and by the variable that names the key', () => {
    const other = { ANTHROPIC_BASE_URL: 'http://127.0.0.1:2' };
    const ids = [accountOf('anthropic/a'), accountOf('anthropic/a', other), accountOf('local/a')];
    expect(new Set(ids.map((account) => account?.id)).size).toBe(3);
  });

  it('says nothing of the key, and not even the name of its variable', () => {
    const account = accountOf('team/a', { TEAM_KEY: 'sk-very-secret' });
    expect(JSON.stringify(account)).not.toMatch(/secret|TEAM_KEY/u);
    expect(account?.id).toMatch(/^team:[0-9a-f]{16}$/u);
  });

  it('is nobody’s where no provider is called', async () => {
    expect(accountOf('demo/a')).toBeUndefined();
    expect(accountOf('tape/a')).toBeUndefined();
    const gateFor = (): never => {
      throw new Error('A gate was asked for.');
    };
    const sources = { providers, env: {}, directory: '/nowhere', gateFor };
    await expect(createModel({ use: 'demo/a' }, sources)).rejects.not.toThrow('A gate was asked for.');
  });
});

describe('a configured rate', () => {
  const parse = (value: unknown) =>
    providersSchema.safeParse({ a: { kind: 'anthropic', rate: value } }).success;

  it('limits at least one kind, each by a positive number', () => {
    expect(parse({ outputTokensPerMin: 8000 })).toBe(true);
    expect([{}, { requestsPerMin: 0 }, { requestsPerMin: -1 }, { perMin: 5 }].map(parse)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
