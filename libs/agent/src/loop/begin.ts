import { createHash } from 'node:crypto';
import { isConflict } from '@missions/kernel';
import type { ExternalCallBegun, TranscriptFact } from '../transcript/facts.ts';
import { mayHaveLostCall } from '../transcript/run-state.ts';
import { now, type Holding } from './holding.ts';
import type { RunAgentOptions } from './options.ts';
import { worstCase, type WorstCase } from './worst-case.ts';

const MAX_ATTEMPTS = 5;

/**
 * Takes hold of a run: folds what it did so far and records the new holder before anything else happens.
 * A former holder may append until then, so a conflict is met by reading again; after it the store refuses the former one.
 */
export async function begin(holding: Holding): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await holding.load();
    const lostCall = mayHaveLostCall(holding.state) ? worstCase(holding) : undefined;
    const open = Object.values(holding.state.openCalls);
    try {
      await holding.record(
        ...firstFacts(holding, lostCall),
        ...open.map((call) => lostAs(call, now(holding))),
      );
      if (lostCall) holding.options.budget.charge(lostCall.cost);
      for (const { worst } of open)
        holding.options.budget.charge(worst.costUsd === 'unpriced' ? 'unpriced' : { usd: worst.costUsd });
      break;
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
  holding.startClock();
  await holding.killPoint('resumed');
}

function firstFacts(holding: Holding, lostCall: WorstCase | undefined): readonly TranscriptFact[] {
  const { run } = holding.options;
  const resumed: TranscriptFact = {
    type: 'RunResumed',
    data: {
      token: run.token,
      holder: run.holder,
      ...(lostCall ? { lostCall: lostCall.abandoned } : {}),
      at: now(holding),
    },
  };
  return holding.state.context ? [resumed] : [resumed, contextFact(holding.options)];
}

/** A call whose end nobody heard may have cost all that it could. */
function lostAs({ callId, turn, model, worst }: ExternalCallBegun, at: string): TranscriptFact {
  return { type: 'ExternalCallRecorded', data: { callId, turn, model, ...worst, at, lost: true } };
}

/** What the run is told, as it is sent: redacted. */
function contextFact({ model, sources, baseSha, redactor, ...options }: RunAgentOptions): TranscriptFact {
  const system = redactor.redact(options.system);
  const firstMessage = redactor.redact(options.firstMessage);
  const tools = options.tools.map(({ name }) => name);
  const told = JSON.stringify([system, firstMessage, tools]);
  return {
    type: 'ContextAssembled',
    data: {
      model: model.id,
      system,
      firstMessage,
      tools,
      promptHash: `sha256:${createHash('sha256').update(told).digest('hex')}`,
      ...(sources && {
        sources: sources.map(({ path, digest }) => ({ path: redactor.redact(path), digest })),
      }),
      ...(baseSha !== undefined && { baseSha }),
    },
  };
}
