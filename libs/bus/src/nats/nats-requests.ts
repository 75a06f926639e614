import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { BusError } from '../bus-error.ts';
import type { Requester, RequestOptions, Responder } from '../request-reply.ts';
import type { Subscription } from '../subscription.ts';
import type { NatsLink } from './nats-link.ts';
import { decodeReply, encodeFailure, encodeSuccess } from './reply.ts';
import { toBusError } from './to-bus-error.ts';

/** Questions and answers over core NATS, as JSON. */
export class NatsRequests implements Requester, Responder {
  readonly #link: NatsLink;
  readonly #onProblem: (error: unknown) => void;
  readonly #behindAnswer: () => void;

  /** `behindAnswer` is called in the turn of each answer: what it publishes leaves with that answer, in one write. */
  constructor(link: NatsLink, onProblem: (error: unknown) => void, behindAnswer: () => void) {
    this.#link = link;
    this.#onProblem = onProblem;
    this.#behindAnswer = behindAnswer;
  }

  async request(subject: string, payload: unknown, options: RequestOptions): Promise<unknown> {
    const { timeoutMs, signal } = options;
    const connection = this.#link.requireConnection();
    const body = JSON.stringify(payload ?? null);
    const reply = connection.request(subject, body, { timeout: timeoutMs }).catch((error: unknown) => {
      throw toBusError(error, `asking ${subject}`);
    });
    const message = await untilAborted(reply, subject, signal);
    return decodeReply(message.string());
  }

  respond(subject: string, queue: string, handler: (payload: unknown) => Promise<unknown>): Subscription {
    const running = new Set<Promise<void>>();
    const callback = (error: Error | null, message: Msg): void => {
      if (error) {
        this.#onProblem(error);
        return;
      }
      const answering = this.#answer(message, handler).finally(() => running.delete(answering));
      running.add(answering);
    };
    const end = this.#link.onConnection((connection: NatsConnection) => {
      const subscription = connection.subscribe(subject, { queue, callback });
      return () => {
        subscription.unsubscribe();
      };
    });
    const stop = async (): Promise<void> => {
      end();
      await Promise.all(running);
    };
    return { stop };
  }

  async #answer(message: Msg, handler: (payload: unknown) => Promise<unknown>): Promise<void> {
    try {
      message.respond(await this.#replyTo(message, handler));
      this.#behindAnswer();
    } catch (error) {
      this.#onProblem(error);
    }
  }

  async #replyTo(message: Msg, handler: (payload: unknown) => Promise<unknown>): Promise<string> {
    try {
      return encodeSuccess(await handler(message.json()));
    } catch (error) {
      return encodeFailure(error);
    }
  }
}

async function untilAborted(
  reply: Promise<Msg>,
  subject: string,
  signal: AbortSignal | undefined,
): Promise<Msg> {
  if (!signal) return reply;
  const gaveUp = Promise.withResolvers<never>();
  const onAbort = (): void => {
    gaveUp.reject(new BusError('BUS_ABORTED', `The request on ${subject} was given up.`));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([reply, gaveUp.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    reply.catch(() => undefined);
  }
}
