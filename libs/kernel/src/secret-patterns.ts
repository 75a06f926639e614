/**
 * The shape of a kind of secret, recognised without knowing its value.
 *
 * A candidate begins with `prefix` and goes on to the first match of `stop` (a global expression; what its first group
 * matched still belongs to the candidate); `isSecret` then judges it as a whole. So every pattern costs one pass without
 * backtracking, whatever the text is made of.
 */
export interface SecretPattern {
  readonly name: string;
  readonly prefix: string;
  readonly stop: RegExp;
  readonly isSecret: (candidate: string) => boolean;
  /** The character before the prefix must not be a letter or digit: `task-ant-…` is not `sk-ant-…`. */
  readonly startsToken: boolean;
}

const END_OF_TOKEN = /[^A-Za-z0-9_-]/g;

function token(name: string, prefix: string, minLength: number): SecretPattern {
  return {
    name,
    prefix,
    stop: END_OF_TOKEN,
    isSecret: (candidate) => candidate.length >= minLength,
    startsToken: true,
  };
}

const openAiKey: SecretPattern = {
  ...token('openai-key', 'sk-', 24),
  // Plain kebab-case words may begin with "sk-"; a key mixes cases and digits.
  isSecret: (candidate) => candidate.length >= 24 && /\d/.test(candidate) && /[A-Z]/.test(candidate),
};

const jsonWebToken: SecretPattern = {
  name: 'jwt',
  prefix: 'eyJ',
  stop: /[^A-Za-z0-9_.-]/g,
  isSecret: (candidate) => candidate.length >= 36 && candidate.includes('.eyJ'),
  startsToken: false,
};

const PRIVATE_KEY_HEAD = /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;

const privateKey: SecretPattern = {
  name: 'private-key',
  prefix: '-----BEGIN ',
  // The backslash belongs to line ends that were escaped by a JSON encoder.
  stop: /[^A-Za-z0-9+/=\s\\:,.-]|(-----END [A-Z0-9 ]{0,60}-----)/g,
  // A block cut off before its end is a secret too; a mention in prose has no long base64 line.
  isSecret: (candidate) => PRIVATE_KEY_HEAD.test(candidate) && /[A-Za-z0-9+/=]{40}/.test(candidate),
  startsToken: false,
};

/** The key shapes looked for by default. */
export const knownSecretPatterns: readonly SecretPattern[] = [
  token('anthropic-key', 'sk-ant-', 24),
  openAiKey,
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => token('github-token', prefix, 40)),
  token('github-token', 'github_pat_', 40),
  token('gitlab-token', 'glpat-', 26),
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-'].map((prefix) => token('slack-token', prefix, 20)),
  token('aws-access-key', 'AKIA', 20),
  token('aws-access-key', 'ASIA', 20),
  token('google-api-key', 'AIza', 39),
  token('npm-token', 'npm_', 40),
  token('stripe-key', 'sk_live_', 24),
  token('stripe-key', 'rk_live_', 24),
  jsonWebToken,
  privateKey,
];
