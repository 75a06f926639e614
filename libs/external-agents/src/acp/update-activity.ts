import type { ActivityLog } from '../turn/activity-log.ts';
import type { AgentTurn } from '../turn/agent-turn.ts';
import type { KnownUpdate } from './session-update.ts';

/** Kinds of tools that leave the workspace as it is. */
const reading = new Set(['read', 'search', 'think', 'fetch']);

/** What is known of the agent's own tool calls: an update may leave out what was said before. */
export interface KnownTool {
  readonly title: string;
  readonly kind: string;
}

const toolsKnown = 1_000;

/** Writes an agent's updates into the log of the turn. What it says is a claim; nothing is measured here. */
export class UpdateReader {
  private readonly tools = new Map<string, KnownTool>();

  read(update: KnownUpdate, turn: AgentTurn): void {
    const { log } = turn;
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        log.say('message', textOf(update.content));
        return;
      case 'agent_thought_chunk':
        log.say('thought', textOf(update.content));
        return;
      case 'plan':
        log.add('plan', update.entries.map(({ status, content }) => `[${status}] ${content}`).join('\n'));
        return;
      case 'usage_update':
        log.add(
          'usage',
          `${String(update.used)} of ${String(update.size)} tokens of its context${costOf(update)}`,
        );
        return;
      case 'tool_call':
      case 'tool_call_update':
        this.tool(update, turn);
        return;
      case 'notice':
        log.add('message', [update.title, update.description ?? ''].join('\n').trim());
        return;
    }
  }

  private tool(
    update: Extract<KnownUpdate, { sessionUpdate: 'tool_call' | 'tool_call_update' }>,
    turn: AgentTurn,
  ): void {
    const before = this.tools.get(update.toolCallId);
    const known = {
      title: update.title ?? before?.title ?? update.name ?? update.toolCallId,
      kind: update.kind ?? before?.kind ?? 'other',
    };
    if (before !== undefined || this.tools.size < toolsKnown) this.tools.set(update.toolCallId, known);
    const over = update.status === 'completed' || update.status === 'failed';
    if (over && !reading.has(known.kind)) turn.wrote();
    if (update.sessionUpdate === 'tool_call' || over) tell(turn.log, known, update);
  }
}

function tell(
  log: ActivityLog,
  { title, kind }: KnownTool,
  {
    status,
    locations,
  }: {
    readonly status?: string | null | undefined;
    readonly locations?: readonly { readonly path: string }[] | null | undefined;
  },
): void {
  const places = (locations ?? []).map(({ path }) => path).join(', ');
  log.add('tool', `${kind}: ${title}${places === '' ? '' : ` (${places})`} — ${status ?? 'pending'}`);
}

function textOf({ type, text }: { readonly type: string; readonly text?: string | undefined }): string {
  return text ?? `(${type})`;
}

function costOf({
  cost,
}: {
  readonly cost?: { readonly amount: number; readonly currency: string } | null | undefined;
}): string {
  return cost ? `; it says it has cost ${String(cost.amount)} ${cost.currency}` : '';
}
