import { ModelError } from './model-error.ts';

/** The key in a variable; a `ModelError('auth')` that names the variable when there is none. */
export function apiKeyOf(
  modelId: string,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const key = env[variable]?.trim();
  if (key) return key;
  throw new ModelError('auth', `${variable} is not set; ${modelId} needs an API key in it.`);
}
