import type { RunHeader } from '../run-header.ts';
import type { Script, ScriptedRun } from './script.ts';

type MatchKey = keyof ScriptedRun['match'];

/** The first run of the script that serves this header. */
export function matchRun(script: Script, header: RunHeader): ScriptedRun | undefined {
  return script.runs.find((run) => mismatches(run, header).length === 0);
}

/** Says which run came closest and in what it differs, so that a missing one is quick to write. */
export function explainMiss(script: Script, header: RunHeader): string {
  const [closest] = script.runs
    .map((run, index) => ({ run, index, differs: mismatches(run, header) }))
    .sort((one, other) => one.differs.length - other.differs.length);
  if (!closest) return 'the script has no runs';
  const differences = closest.differs
    .map((key) => `${key} is ${show(closest.run.match[key])} there and ${show(header[key])} here`)
    .join(', ');
  return `nearest is runs.${closest.index} ${JSON.stringify(closest.run.match)}: ${differences}`;
}

function mismatches(run: ScriptedRun, header: RunHeader): readonly MatchKey[] {
  const keys = Object.keys(run.match) as MatchKey[];
  return keys.filter((key) => run.match[key] !== undefined && run.match[key] !== header[key]);
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
