import { TailMovedError } from '../bus-error.ts';
import type { RelayedMessage, RelayMark, Tail } from '../relay-target.ts';

/** A message as a bus stream keeps it; `mark` is missing on what did not come from a relay. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly body: string;
  readonly mark: RelayMark | undefined;
}

/** One stream of the bus in memory: append with a fence, doubles by id refused, everything gone after a wipe. */
export class MemoryStream {
  #messages: StoredMessage[] = [];
  #ids = new Set<string>();

  get messages(): readonly StoredMessage[] {
    return this.#messages;
  }

  get lastSequence(): number {
    return this.#messages.length;
  }

  /** The first message from a sequence on whose subject begins so. */
  firstFrom(sequence: number, subjectPrefix: string): StoredMessage | undefined {
    for (let index = sequence - 1; index < this.#messages.length; index += 1) {
      const message = this.#messages[index];
      if (message?.subject.startsWith(subjectPrefix)) return message;
    }
    return undefined;
  }

  async tail(isInLog: (mark: RelayMark) => Promise<boolean>): Promise<Tail> {
    const sequence = this.lastSequence;
    for (const { mark } of this.#messages.slice(0, sequence).reverse()) {
      if (mark && (await isInLog(mark))) return { sequence, cursor: mark.cursor };
    }
    return { sequence, cursor: undefined };
  }

  publish(name: string, after: number, messages: readonly RelayedMessage[]): number {
    for (const [index, { subject, body, id, cursor }] of messages.entries()) {
      const expected = after + index;
      if (this.lastSequence !== expected || this.#ids.has(id)) {
        throw new TailMovedError(name, expected);
      }
      this.append({ subject, body, mark: { id, cursor } });
    }
    return this.lastSequence;
  }

  append(message: Omit<StoredMessage, 'sequence'>): void {
    this.#messages.push({ ...message, sequence: this.lastSequence + 1 });
    if (message.mark) this.#ids.add(message.mark.id);
  }

  wipe(): void {
    this.#messages = [];
    this.#ids = new Set();
  }
}
