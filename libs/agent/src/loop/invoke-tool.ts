import { delay, isRefusal } from '@missions/kernel';
import { FailRun, StopRun } from '../steering.ts';
import type { ToolResult } from '../tool.ts';
import type { RecordedResult } from '../transcript/facts.ts';
import { redactDeep } from './clean-reply.ts';
import type { Holding } from './holding.ts';
import type { ReadyCall } from './judge-call.ts';
import { defaultLimits } from './options.ts';
import { presentable } from './presentable.ts';

/** The time of one call. */
interface CallLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Executes one call within its time and turns whatever happens into a result; a stop of the run rises. */
export async function invokeTool(
  ready: ReadyCall,
  turn: { readonly turn: number; readonly at: string },
  holding: Holding,
): Promise<RecordedResult> {
  const { signal } = holding.options;
  const limits = limitsOf(ready, holding);
  holding.show(`${ready.call.name} ${JSON.stringify(ready.input)}`);
  await holding.killPoint('before-tool');
  const result = limits.signal.aborted
    ? { content: 'Not executed: the run is stopping.', isError: true }
    : await within(limits, ready, { turn, holding });
  signal.throwIfAborted();
  await holding.killPoint('after-tool');
  return recorded(ready, result, holding);
}

function limitsOf({ tool }: ReadyCall, { options, grace, deadline }: Holding): CallLimits {
  const timeoutMs = tool.timeoutMs ?? options.limits.toolTimeoutMs ?? defaultLimits.toolTimeoutMs;
  const signals = [options.signal, grace.signal, deadline.signal, AbortSignal.timeout(timeoutMs)];
  return { signal: AbortSignal.any(signals), timeoutMs };
}

async function within(
  limits: CallLimits,
  ready: ReadyCall,
  at: { readonly turn: { readonly turn: number; readonly at: string }; readonly holding: Holding },
): Promise<ToolResult> {
  const { holding } = at;
  const ends = holding.begins(limits.timeoutMs);
  const work = execute(ready, { ...at.turn, signal: limits.signal }, holding);
  try {
    return await abortable(work, limits.signal);
  } catch (error) {
    holding.options.signal.throwIfAborted();
    const content = faultText(error, { ready, holding, limits });
    if (limits.signal.aborted && ready.tool.effect === 'write') await settled(work, ready, holding);
    return { content, isError: true };
  } finally {
    ends();
  }
}

/** Nothing that writes may go on beside the calls that follow: a call that does not come to rest ends the run. */
async function settled(work: Promise<ToolResult>, { tool }: ReadyCall, holding: Holding): Promise<void> {
  const settleMs = holding.options.limits.toolSettleMs ?? defaultLimits.toolSettleMs;
  const atRest = work.then(
    () => true,
    () => true,
  );
  const patience = new AbortController();
  const waited = delay(settleMs, AbortSignal.any([patience.signal, holding.options.signal])).then(
    () => false,
    () => true,
  );
  const rests = await Promise.race([atRest, waited]);
  patience.abort();
  if (!rests && !holding.grace.signal.aborted)
    throw new FailRun('tool', `${tool.name} was stopped and did not come to rest within ${settleMs} ms.`);
}

/** Asynchronous, so that what a tool throws at once is met like what it throws later. */
async function execute(
  { call, tool, input }: ReadyCall,
  turn: { readonly turn: number; readonly at: string; readonly signal: AbortSignal },
  holding: Holding,
): Promise<ToolResult> {
  return await tool.execute(input, {
    ...turn,
    runId: holding.options.run.id,
    callId: call.id,
    progress: (line) => {
      holding.show(`${call.name}: ${line}`);
    },
  });
}

function recorded({ call, tool }: ReadyCall, result: ToolResult, holding: Holding): RecordedResult {
  const { redact } = holding.options.redactor;
  const isError = result.isError ?? false;
  return {
    callId: call.id,
    tool: call.name,
    content: presentable(result.content, redact),
    isError,
    ...(tool.effect === 'closing' && !isError ? { closes: true } : {}),
    ...(result.captured === undefined ? {} : { captured: redactDeep(result.captured, redact) }),
  };
}

/** What the model is told of a tool that threw. Faults that are not the model's to mend rise instead. */
function faultText(
  error: unknown,
  at: { readonly ready: ReadyCall; readonly holding: Holding; readonly limits: CallLimits },
): string {
  const { tool } = at.ready;
  if (error instanceof StopRun || error instanceof FailRun || isStale(error)) throw error;
  const unknown =
    tool.effect === 'read' ? '' : ' Whether the call took effect is unknown; look before you repeat it.';
  if (at.holding.grace.signal.aborted) return `Stopped: the run was paused.${unknown}`;
  if (at.holding.deadline.signal.aborted) return `Stopped: the run has used up its time.${unknown}`;
  if (at.limits.signal.aborted)
    return `Stopped: the call took longer than ${at.limits.timeoutMs} ms.${unknown}`;
  // The close of a run is the engine's own work: a fault there is met by another holder that repeats it.
  if (tool.effect === 'closing' && !isRefusal(error)) throw error;
  return `The tool failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** A newer holder exists; whatever the tool was refused by, this one has to stop. */
export function isStale(error: unknown): boolean {
  return isRefusal(error) && error.code === 'STALE_TOKEN';
}

/** Does not wait for a tool that ignores its signal. */
function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted.'));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
