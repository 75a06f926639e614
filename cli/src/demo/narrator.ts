import { demoSteps, type DemoStep } from './demo-options.ts';

/** Where the demo says what happens: words for people, or one JSON object per line. */
export interface Narrator {
  readonly step: (step: DemoStep, title: string) => void;
  readonly line: (text: string) => void;
  /** Several lines that belong together, such as a plan. */
  readonly block: (text: string) => void;
  readonly end: (result: Readonly<Record<string, unknown>>) => void;
}

type Write = (text: string) => void;

/** Every step says that the model is scripted, so that nobody takes the demo for a real one. */
export function wordNarrator(write: Write): Narrator {
  const startedAt = performance.now();
  const clock = (): string => `[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s]`;
  return {
    step: (step, title) => {
      const number = `${String(demoSteps.indexOf(step) + 1)}/${String(demoSteps.length)}`;
      write(`\n${clock()} ${number} ${title} (scripted)\n`);
    },
    line: (text) => {
      write(`${clock()}   ${text}\n`);
    },
    block: (text) => {
      const lines = text.trimEnd().split('\n');
      write(`${lines.map((line) => `            ${line}`.trimEnd()).join('\n')}\n`);
    },
    end: () => undefined,
  };
}

export function jsonNarrator(write: Write): Narrator {
  let current: DemoStep = 'start';
  const say = (kind: string, fields: Readonly<Record<string, unknown>>): void => {
    const at = new Date().toISOString();
    write(`${JSON.stringify({ kind, at, step: current, scripted: true, ...fields })}\n`);
  };
  return {
    step: (step, title) => {
      current = step;
      say('step', { title });
    },
    line: (text) => {
      say('line', { text });
    },
    block: (text) => {
      say('text', { text });
    },
    end: (result) => {
      say('end', result);
    },
  };
}
