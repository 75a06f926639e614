import { delay } from '@missions/kernel';
import type { DeliveryRequest } from '../delivery-source.ts';
import { parsePointer, type EventPointer } from '../pointer.ts';
import { MAX_IN_FLIGHT } from '../topology.ts';
import type { MemoryStream, StoredMessage } from './memory-stream.ts';

const REDELIVERY_MS = 10;

/** One replica that pulls; `running` are the messages it works on. */
export interface MemoryPull {
  readonly request: DeliveryRequest;
  running: Promise<void>;
}

/** A durable consumer: one service in one partition. Several messages in flight over all its replicas. */
export class MemoryDurable {
  readonly #stream: MemoryStream;
  readonly #subjectPrefix: string;
  readonly #isUp: () => boolean;
  #pulls: MemoryPull[] = [];
  /** The first that was never handed out. */
  #next = 1;
  #again: StoredMessage[] = [];
  #generation = 0;
  #inFlight = 0;

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
    this.#again = [];
    this.#generation += 1;
  }

  dispatch(): void {
    while (this.#inFlight < MAX_IN_FLIGHT && this.#isUp()) {
      const [pull, ...others] = this.#pulls;
      const message = pull && this.#take();
      if (!message) return;
      this.#pulls = [...others, pull];
      this.#inFlight += 1;
      const handed = this.#hand(message, pull.request);
      pull.running = Promise.all([pull.running, handed]).then(() => undefined);
    }
  }

  #take(): StoredMessage | undefined {
    const message = this.#again.shift() ?? this.#stream.firstFrom(this.#next, this.#subjectPrefix);
    if (message) this.#next = Math.max(this.#next, message.sequence + 1);
    return message;
  }

  async #hand(message: StoredMessage, request: DeliveryRequest): Promise<void> {
    const generation = this.#generation;
    const acknowledged = await offer(message, request);
    this.#inFlight -= 1;
    if (!acknowledged && generation === this.#generation) this.#again.push(message);
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
