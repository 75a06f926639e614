import { familyOf } from './family.ts';
import { providersSchema } from './provider.ts';

const providers = providersSchema.parse({
  anthropic: { kind: 'anthropic' },
  gateway: { kind: 'anthropic', baseUrl: 'https://models.example' },
  local: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' },
  house: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1', family: 'house' },
  claude: { kind: 'acp', command: ['agent'] },
});

describe('the family of a model', () => {
  it.each([
    ['anthropic/claude-opus-5-5', 'claude'],
    ['gateway/anthropic/claude-sonnet-5-5', 'claude'],
    ['local/qwen3-coder:30b', 'qwen'],
    ['local/Qwen/Qwen3-Coder', 'qwen'],
    ['local/gpt-oss', 'gpt'],
    ['local/70b', '70b'],
    ['house/llama-4', 'house'],
    ['claude/default', 'claude'],
  ])('of %s is %s', (use, family) => {
    expect(familyOf(use, providers)).toBe(family);
  });

  it('is first what is said of the model itself', () => {
    expect(familyOf('house/llama-4', providers, { 'house/llama-4': { family: 'llama' } })).toBe('llama');
  });
});
