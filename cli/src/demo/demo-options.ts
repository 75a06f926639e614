import { InvalidArgumentError } from 'commander';

/** The steps of the demo in order; `--pause-at` stops before one of them. */
export const demoSteps = [
  'start',
  'scope',
  'plan',
  'build',
  'kill',
  'validate',
  'fix',
  'wipe',
  'prove',
  'report',
] as const;

export type DemoStep = (typeof demoSteps)[number];

/** What can be made to go wrong on purpose. */
export const demoBreaks = ['fix'] as const;

export type DemoBreak = (typeof demoBreaks)[number];

export interface DemoOptions {
  /** How many times as fast the scripted model answers. */
  readonly speed: number;
  readonly pauseAt?: DemoStep;
  /** Leave state and repository where they are. */
  readonly keep: boolean;
  readonly break?: DemoBreak;
  /** NDJSON on stdout instead of words. */
  readonly json: boolean;
  /** Parent of the demo's own throwaway state; the usual state directory unless given. */
  readonly state?: string;
}

export function parseSpeed(text: string): number {
  const speed = Number(text);
  if (Number.isFinite(speed) && speed >= 0.05 && speed <= 100) return speed;
  throw new InvalidArgumentError('Give a number from 0.05 to 100, for example 2 or 0.5.');
}
