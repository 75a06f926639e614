import type { CommitTrailers } from '../mission-repository.ts';

const NAMES = {
  mission: 'Mission',
  feature: 'Feature',
  attempt: 'Attempt',
  run: 'Run',
  fence: 'Fence',
} as const;

/** The message with the trailers as its last paragraph, whatever the text before claims about itself. */
export function messageWithTrailers(message: string, trailers: CommitTrailers): string {
  const text = message.replaceAll('\0', '').replaceAll(/\r\n?/g, '\n').trim();
  const lines = (Object.keys(NAMES) as (keyof CommitTrailers)[]).map((key) => {
    const value = String(trailers[key]);
    if (!/^[^\s](?:[^\n\r\0]*[^\s])?$/.test(value))
      throw new Error(`The trailer ${NAMES[key]} has no valid value.`);
    return `${NAMES[key]}: ${value}`;
  });
  return `${text === '' ? `Feature ${trailers.feature}` : text}\n\n${lines.join('\n')}\n`;
}

/** Reads the last paragraph only; `undefined` unless it is exactly what `messageWithTrailers` writes. */
export function trailersOf(message: string): CommitTrailers | undefined {
  const lines = message.trimEnd().split('\n\n').at(-1)?.split('\n') ?? [];
  const names = Object.values(NAMES);
  const values = lines.map((line, index) => {
    const prefix = `${names[index] ?? ''}: `;
    return line.startsWith(prefix) ? line.slice(prefix.length) : undefined;
  });
  const [mission, feature, attempt, run, fence] = values;
  if (lines.length !== names.length || values.includes(undefined)) return undefined;
  if (!/^\d+$/.test(attempt ?? '') || !/^\d+$/.test(fence ?? '')) return undefined;
  return {
    mission: mission ?? '',
    feature: feature ?? '',
    attempt: Number(attempt),
    run: run ?? '',
    fence: Number(fence),
  };
}
