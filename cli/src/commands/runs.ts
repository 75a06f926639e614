import { counted, type HandoffView, type RunView, type TranscriptView } from '@missions/contracts';
import type { Command } from 'commander';
import type { Api } from '../api/api.ts';
import type { CommandActions } from '../command-action.ts';
import { duration, money, table } from '../terminal/table.ts';
import { plainLine } from '../terminal/terminal.ts';

export function registerRuns(program: Command, actions: CommandActions): void {
  program
    .command('runs')
    .description('every run of a mission')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const runs = await api.get('GET /v1/missions/:id/runs', { params: { id } });
        terminal.answer({ missionId: id, runs }, () => runLines(runs));
      }),
    );
  program
    .command('run')
    .description('one run, or one of its helpers, and its transcript')
    .argument('<run>', 'for example m-7f3k2a-r12; a run names its helpers')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const run = await api.get('GET /v1/runs/:id', { params: { id } });
        const transcript = await wholeTranscript(api, id);
        terminal.answer({ run, transcript }, () => [
          ...runLines([run]),
          ...(run.helpers ?? []).map((helper) => `helper  missions run ${helper}`),
          '',
          ...transcript.flatMap(entryLines),
        ]);
      }),
    );
  program
    .command('handoffs')
    .description('what workers claimed, beside what was captured')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const handoffs = await api.get('GET /v1/missions/:id/handoffs', { params: { id } });
        terminal.answer({ missionId: id, handoffs }, () => handoffs.flatMap(handoffLines));
      }),
    );
}

function runLines(runs: readonly RunView[]): readonly string[] {
  if (runs.length === 0) return ['No runs yet.'];
  return [...runTable(runs), ...runs.flatMap(refusedCloseLines)];
}

/** What a run was told when it wanted to end: it went on, and nothing else of the mission says why. */
function refusedCloseLines({ id, refusedClose }: RunView): readonly string[] {
  if (refusedClose === undefined) return [];
  return [
    `${id} was refused its end ${counted(refusedClose.count, 'time')}, the last: ${short(refusedClose.last)}`,
  ];
}

function runTable(runs: readonly RunView[]): readonly string[] {
  const rows = runs.map((run) => [
    run.id,
    run.role,
    [
      run.task,
      run.subject.feature ?? run.subject.milestone ?? '',
      run.attempt > 1 ? `#${String(run.attempt)}` : '',
    ]
      .filter(Boolean)
      .join(' '),
    run.helperOf === undefined ? stateOf(run) : `of ${run.helperOf}`,
    String(run.claims),
    run.startedAt === undefined
      ? '–'
      : duration((run.endedAt ? Date.parse(run.endedAt) : Date.now()) - Date.parse(run.startedAt)),
    run.usage === undefined ? '–' : money(run.usage.costUsd),
    run.live?.lastLine ?? run.detail ?? run.model ?? '',
  ]);
  return table(['run', 'role', 'task', 'state', 'claims', 'time', 'cost', ''], rows);
}

/** What is wrong with a run comes with its state, so that nothing hangs unseen. */
function stateOf({ status, cause, stopOrdered, stalled, unclaimed }: RunView): string {
  if (cause !== undefined) return `${status}{${cause}}`;
  if (stopOrdered !== undefined) return `⚠ ${status}, told to stop{${stopOrdered}}`;
  if (stalled) return `⚠ ${status}, at rest since ${stalled.sinceAt}`;
  return unclaimed ? `⚠ ${status}, unclaimed since ${unclaimed.sinceAt}` : status;
}

async function wholeTranscript(api: Api, id: string): Promise<TranscriptView['entries']> {
  const entries: TranscriptView['entries'] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: TranscriptView = await api.get('GET /v1/runs/:id/transcript', {
      params: { id },
      query: { after },
    });
    entries.push(...page.entries);
    after = page.next;
  }
  return entries;
}

/** A turn in a few lines: what was said, which tools were called, how they ended. */
function entryLines({ version, type, data }: TranscriptView['entries'][number]): readonly string[] {
  const head = `${String(version).padStart(4)} ${type}`;
  const { reply, results, text, promptHash, sources } = data as {
    readonly reply?: readonly Record<string, unknown>[];
    readonly results?: readonly Record<string, unknown>[];
    readonly text?: unknown;
    readonly promptHash?: unknown;
    readonly sources?: readonly Readonly<Record<string, unknown>>[];
  };
  const lines = [
    ...(reply ?? []).map((block) => blockLine(block)),
    ...(results ?? []).map(
      ({ tool, isError, content }) => `${isError === true ? '✗' : '✓'} ${String(tool)}: ${short(content)}`,
    ),
    ...(typeof text === 'string' ? [short(text)] : []),
    ...(typeof promptHash === 'string' ? [`told ${short(promptHash)}`] : []),
    ...(sources ?? []).map(({ path, digest }) => `told ${short(path)} ${short(digest)}`),
  ];
  return [head, ...lines.map((line) => `       ${line}`)];
}

function blockLine(block: Record<string, unknown>): string {
  if (typeof block['text'] === 'string') return short(block['text']);
  if (typeof block['name'] === 'string') return `→ ${block['name']} ${short(JSON.stringify(block['input']))}`;
  return String(block['type']);
}

function short(value: unknown): string {
  const text = plainLine(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length <= 160 ? text : `${text.slice(0, 159)}…`;
}

/** The order is fixed: verdict, did, did not, commands, files, problems. */
function handoffLines({ number, featureId, attempt, claim, captured }: HandoffView): readonly string[] {
  return [
    `#${String(number)} ${featureId} attempt ${String(attempt)}: ${claim.outcome} (claimed)  ${captured.baseSha.slice(0, 12)} → ${captured.headSha.slice(0, 12)}`,
    `   ${plainLine(claim.salientSummary)}`,
    ...claim.whatWasImplemented.map((item) => `   did      ${plainLine(item)}`),
    ...claim.whatWasLeftUndone.map((item) => `   did NOT  ${plainLine(item)}`),
    ...captured.commandsRun.map(
      ({ command, exitCode }) =>
        `   ran      ${plainLine(command)} → ${exitCode === undefined ? 'no exit' : String(exitCode)} (captured)`,
    ),
    ...captured.filesChanged.map((file) => `   file     ${plainLine(file)}`),
    ...claim.discoveredIssues.map(
      ({ severity, description }) => `   found    ${severity}: ${plainLine(description)}`,
    ),
  ];
}
