import { delay } from '@missions/kernel';
import type { DeliveryRequest } from '../delivery-source.ts';
import { parsePointer, type EventPointer } from '../pointer.ts';
import type { MemoryStream, StoredMessage } from './memory-stream.ts';

const REDELIVERY_MS = 10;

/** One replica that pulls; `running` is the message it works on. */
export interface MemoryPull {
  readonly request: DeliveryRequest;
  running: Promise<void>;
}

/** A durable consumer: one service in one partition. Messages in order, one in flight over all its replicas. */
export class MemoryDurable {
  readonly #stream: MemoryStream;
  readonly #subjectPrefix: string;
  readonly #isUp: () => boolean;
  #pulls: MemoryPull[] = [];
  #next = 1;
  #generation = 0;
  #busy = false;

  constructor(stream: MemoryStream, partition: number, isUp: () => boolean) {
    this.#stream = stream;
    this.#subjectPrefix = `evt.${String(partition)}.`;
    this.#isUp = isUp;
  }

  add(pull: MemoryPull): void {
    this.#pulls.push(pull);
    this.dispatch();
  }

  remove(pull: MemoryPull): void {
    this.#pulls = this.#pulls.filter((one) => one !== pull);
  }

  /** Its position is gone, like the stream: everything that comes is delivered again. */
  wipe(): void {
    this.#next = 1;
    this.#generation += 1;
  }

  dispatch(): void {
    const [pull, ...others] = this.#pulls;
    if (this.#busy || !pull || !this.#isUp()) return;
    const message = this.#stream.firstFrom(this.#next, this.#subjectPrefix);
    if (!message) return;
    this.#pulls = [...others, pull];
    this.#busy = true;
    pull.running = this.#hand(message, pull.request);
  }

  async #hand(message: StoredMessage, request: DeliveryRequest): Promise<void> {
    const generation = this.#generation;
    const acknowledged = await offer(message, request);
    if (acknowledged && generation === this.#generation) this.#next = message.sequence + 1;
    this.#busy = false;
    this.dispatch();
  }
}

/** Whether the message is dealt with: handled, or nothing that could be. */
async function offer({ body }: StoredMessage, request: DeliveryRequest): Promise<boolean> {
  const pointer = tryParse(body, request);
  if (!pointer) return true;
  try {
    await request.onDelivery(pointer);
    return true;
  } catch (error) {
    request.onProblem?.(error);
    await delay(REDELIVERY_MS);
    return false;
  }
}

function tryParse(body: string, { onProblem }: DeliveryRequest): EventPointer | undefined {
  try {
    return parsePointer(body);
  } catch (error) {
    onProblem?.(error);
    return undefined;
  }
}
