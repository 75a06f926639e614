import { FailRun } from '@missions/agent';
import { isRefusal } from '@missions/kernel';

const gone = new Set(['SANDBOX_CLOSED', 'SANDBOX_FAULT', 'SANDBOX_UNAVAILABLE']);

/** Without its sandbox a run cannot go on; anything else that is refused is the model's to mend. */
export async function orFailRun<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (isRefusal(error) && gone.has(error.code)) throw new FailRun('sandbox', error.message);
    throw error;
  }
}
