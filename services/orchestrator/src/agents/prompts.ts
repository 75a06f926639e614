import { readFileSync } from 'node:fs';

function prompt(name: string): string {
  return readFileSync(new URL(`./prompts/${name}.md`, import.meta.url), 'utf8').trim();
}

/** What each of the orchestrator's tasks is told, whatever the mission. */
export const prompts = {
  scope: prompt('scope'),
  plan: prompt('plan'),
  triage: prompt('triage'),
  converse: prompt('converse'),
} as const;

export type OrchestratorTask = keyof typeof prompts;

export const orchestratorTasks = Object.keys(prompts) as readonly OrchestratorTask[];

export function isOrchestratorTask(task: string): task is OrchestratorTask {
  return Object.hasOwn(prompts, task);
}
