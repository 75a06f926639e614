import {
  jetstream,
  JetStreamApiCodes,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
  type PubAck,
} from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { delay } from '@missions/kernel';
import { TailMovedError } from '../bus-error.ts';
import type { RelayedMessage, RelayMark, RelayTarget, Tail } from '../relay-target.ts';
import type { StreamDefinition } from '../topology.ts';
import { ensureStream } from './ensure-topology.ts';
import type { NatsLink } from './nats-link.ts';
import { hasApiCode, isNoResponders, toBusError } from './to-bus-error.ts';

/** The client has no name for it. */
const WRONG_LAST_MESSAGE_ID = 10_070;
const REQUEST_LIMIT_MS = 5_000;
const CURSOR_HEADER = 'Missions-Cursor';
const ID_HEADER = 'Nats-Msg-Id';
/** How many foreign messages at the end are looked past before the log is replayed from its start. */
const MAX_FOREIGN = 64;

/**
 * A stream that was there and is gone may still be being deleted. nats-server 2.9 then removes the files of one that is
 * created under the same name meanwhile: its messages cannot be read (8 of 15 times when it was created within 20 ms).
 */
const DELETION_MS = 500;

interface StreamEnd {
  readonly manager: JetStreamManager;
  readonly stored: number;
  readonly sequence: number;
}

/** The relay's side of JetStream: every publish is fenced by the sequence the tail had. */
export class NatsRelayTarget implements RelayTarget {
  readonly #link: NatsLink;
  readonly #seen = new Set<string>();

  constructor(link: NatsLink) {
    this.#link = link;
  }

  async tail(stream: StreamDefinition, isInLog: (mark: RelayMark) => Promise<boolean>): Promise<Tail> {
    const { manager, stored, sequence } = await this.#end(stream);
    const oldest = Math.max(1, sequence - Math.min(stored, MAX_FOREIGN) + 1);
    for (let at = sequence; stored > 0 && at >= oldest; at -= 1) {
      const mark = await this.#link.during(() => markAt(manager, stream.name, at));
      if (mark && (await isInLog(mark))) return { sequence, cursor: mark.cursor };
    }
    return { sequence, cursor: undefined };
  }

  /**
   * All publishes are under way at once, each fenced by the sequence and the id of the one before it, so that a gap stops
   * everything behind it. The sequence alone would not do: when a foreign message has moved the tail by one, the first
   * publish is refused and the second one fits.
   */
  async publish(
    stream: StreamDefinition,
    after: number,
    messages: readonly RelayedMessage[],
  ): Promise<number> {
    const acks = await this.#link.during((connection) => {
      const client = jetstream(connection, { timeout: REQUEST_LIMIT_MS });
      return Promise.allSettled(
        messages.map((message, index) =>
          send(client, message, { sequence: after + index, id: messages[index - 1]?.id }),
        ),
      );
    });
    for (const [index, ack] of acks.entries()) {
      const expected = after + index;
      if (ack.status === 'rejected') throw publishError(ack.reason, stream.name, expected);
      if (!isBehind(ack.value, expected)) throw new TailMovedError(stream.name, expected);
    }
    return after + messages.length;
  }

  async #end(stream: StreamDefinition): Promise<StreamEnd> {
    try {
      return await this.#link.during(async (connection) => {
        const options = { checkAPI: false, timeout: REQUEST_LIMIT_MS };
        const manager = await jetstreamManager(connection, options);
        const { state } = await ensureStream(manager, stream, () =>
          this.#seen.has(stream.name) ? delay(DELETION_MS) : Promise.resolve(),
        );
        this.#seen.add(stream.name);
        return { manager, stored: state.messages, sequence: state.last_seq };
      });
    } catch (error) {
      throw toBusError(error, `reading the tail of ${stream.name}`);
    }
  }
}

interface Predecessor {
  readonly sequence: number;
  /** Unknown for the first of a batch: after a restart the server has forgotten the id of its last message. */
  readonly id: string | undefined;
}

function send(client: JetStreamClient, message: RelayedMessage, after: Predecessor): Promise<PubAck> {
  const header = headers();
  header.set(CURSOR_HEADER, message.cursor);
  header.set('Content-Type', message.contentType);
  return client.publish(message.subject, message.body, {
    msgID: message.id,
    headers: header,
    expect: {
      lastSequence: after.sequence,
      ...(after.id !== undefined && { lastMsgID: after.id }),
    },
  });
}

/** A duplicate of the very message that lies there is what was wanted; anything else is not. */
function isBehind(ack: PubAck, after: number): boolean {
  return ack.seq === after + 1;
}

function publishError(error: unknown, stream: string, expected: number): Error {
  const isFenced =
    hasApiCode(error, JetStreamApiCodes.StreamWrongLastSequence) ||
    hasApiCode(error, JetStreamApiCodes.StreamWrongLastSequenceUnknown) ||
    hasApiCode(error, WRONG_LAST_MESSAGE_ID);
  // Nobody answers on the subject of a stream that is gone: reading the tail creates it again.
  if (isFenced || isNoResponders(error)) {
    return new TailMovedError(stream, expected, { cause: error });
  }
  return toBusError(error, `publishing to ${stream}`);
}

async function markAt(
  manager: JetStreamManager,
  stream: string,
  sequence: number,
): Promise<RelayMark | undefined> {
  try {
    const message = await manager.streams.getMessage(stream, { seq: sequence });
    const id = message?.header.get(ID_HEADER) ?? '';
    const cursor = message?.header.get(CURSOR_HEADER) ?? '';
    return id === '' || cursor === '' ? undefined : { id, cursor };
  } catch (error) {
    throw toBusError(error, `reading message ${String(sequence)} of ${stream}`);
  }
}
