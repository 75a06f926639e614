import { isRefusal } from '@missions/kernel';
import { FailRun, StopRun } from '../steering.ts';
import type { ToolResult } from '../tool.ts';
import type { RecordedResult } from '../transcript/facts.ts';
import { redactDeep } from './clean-reply.ts';
import type { Holding } from './holding.ts';
import type { ReadyCall } from './judge-call.ts';
import { defaultLimits } from './options.ts';

/** Executes one call within its time and turns whatever happens into a result; a stop of the run rises. */
export async function invokeTool(
  ready: ReadyCall,
  turn: { readonly turn: number; readonly at: string },
  holding: Holding,
): Promise<RecordedResult> {
  const { signal } = holding.options;
  const timeoutMs =
    ready.tool.timeoutMs ?? holding.options.limits.toolTimeoutMs ?? defaultLimits.toolTimeoutMs;
  const limits = AbortSignal.any([signal, holding.grace.signal, AbortSignal.timeout(timeoutMs)]);
  holding.show(`${ready.call.name} ${JSON.stringify(ready.input)}`);
  await holding.killPoint('before-tool');
  const ends = holding.begins(timeoutMs);
  let result: ToolResult;
  try {
    result = await abortable(execute(ready, { ...turn, signal: limits }, holding), limits);
  } catch (error) {
    signal.throwIfAborted();
    result = { content: faultText(error, { ready, holding, limits, timeoutMs }), isError: true };
  } finally {
    ends();
  }
  signal.throwIfAborted();
  await holding.killPoint('after-tool');
  return recorded(ready, result, holding);
}

function execute(
  { call, tool, input }: ReadyCall,
  turn: { readonly turn: number; readonly at: string; readonly signal: AbortSignal },
  holding: Holding,
): Promise<ToolResult> {
  return tool.execute(input, {
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
    content: redact(result.content),
    isError,
    ...(tool.effect === 'closing' && !isError ? { closes: true } : {}),
    ...(result.captured === undefined ? {} : { captured: redactDeep(result.captured, redact) }),
  };
}

/** What the model is told of a tool that threw. Faults that are not the model's to mend rise instead. */
function faultText(
  error: unknown,
  at: {
    readonly ready: ReadyCall;
    readonly holding: Holding;
    readonly limits: AbortSignal;
    readonly timeoutMs: number;
  },
): string {
  if (error instanceof StopRun || error instanceof FailRun || isStale(error)) throw error;
  if (at.holding.grace.signal.aborted)
    return 'Stopped: the run was paused. Whether the call took effect is unknown.';
  if (at.limits.aborted) return `Stopped: the call took longer than ${at.timeoutMs} ms.`;
  // The close of a run is the engine's own work: a fault there is met by another holder that repeats it.
  if (at.ready.tool.effect === 'closing' && !isRefusal(error)) throw error;
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
