import { readFileSync } from 'node:fs';

/** What validators and their helpers are told to be. */
export const prompts = {
  scrutiny: prompt('scrutiny'),
  user_testing: prompt('user-testing'),
  review: prompt('review'),
  judgement: prompt('judgement'),
} as const;

function prompt(name: string): string {
  return readFileSync(new URL(`../prompts/${name}.md`, import.meta.url), 'utf8').trim();
}
