import type { ExternalActivity, TranscriptFact } from '@missions/agent';

/** What an agent did in this run under former holders, as far as it is known. */
export interface FormerWork {
  /** The newest session that it named. */
  readonly sessionId: string | undefined;
  /** What it did last, oldest first, one line each. */
  readonly lines: readonly string[];
}

const toldKinds = new Set<ExternalActivity['kind']>(['message', 'plan', 'tool', 'write', 'command']);
const linesTold = 40;
const lineCharacters = 300;

/** Undefined when no former holder let an agent do anything. */
export function formerWork(facts: readonly TranscriptFact[]): FormerWork | undefined {
  const activities = facts.flatMap((fact) =>
    fact.type === 'ExternalUpdateRecorded' ? fact.data.activities : [],
  );
  if (activities.length === 0) return undefined;
  return {
    sessionId: activities.map(sessionIdOf).findLast((id) => id !== undefined),
    lines: activities
      .filter(({ kind }) => toldKinds.has(kind))
      .slice(-linesTold)
      .map(({ kind, text }) => `${kind}: ${firstLine(text)}`),
  };
}

export function sessionActivity(sessionId: string): ExternalActivity {
  return { kind: 'session', text: `Session ${sessionId}`, captured: { sessionId } };
}

function sessionIdOf({ kind, captured }: ExternalActivity): string | undefined {
  if (kind !== 'session' || typeof captured !== 'object' || captured === null) return undefined;
  const { sessionId } = captured as { readonly sessionId?: unknown };
  return typeof sessionId === 'string' ? sessionId : undefined;
}

function firstLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, lineCharacters).toWellFormed();
}
