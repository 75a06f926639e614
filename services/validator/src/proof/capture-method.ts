import { isBrowserStep, isHttpStep, type Proof } from '@missions/mission';

/** The method by which the evidence of a judgement is captured: that of its steps, or its command. */
export function captureMethod({ steps }: Proof): 'command' | 'http' | 'browser' | 'pty' {
  const [first] = steps;
  if (!first) return 'command';
  if (isHttpStep(first)) return 'http';
  return isBrowserStep(first) ? 'browser' : 'pty';
}
