import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import {
  BaseRpcContext,
  EventPattern,
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';
import type { EventTransaction } from '@missions/event-store';
import type { EventEnvelope } from '@missions/kernel';
import { lastValueFrom, throwError, type Observable } from 'rxjs';
import { consume } from '../consumer/consume.ts';
import type { ConsumerOptions, ConsumerParts, Consumption, EventContext } from '../consumer/consumer.ts';

/** Marks handlers that belong to this transport, so that no other one subscribes to their patterns. */
export const JETSTREAM = Symbol('JetStream');

/** What a handler receives as `@Ctx()`: the transaction in which its cursor moves. */
export class EventRpcContext<Rows = unknown> extends BaseRpcContext<[EventEnvelope, EventContext<Rows>]> {
  get event(): EventEnvelope {
    return this.args[0];
  }

  get tx(): EventTransaction<Rows> {
    return this.args[1].tx;
  }

  afterCommit(effect: () => void): void {
    this.args[1].afterCommit(effect);
  }
}

/** Lets a handler's error reach the consumer as it is: Nest would turn it into a nameless one, and a lost database into poison. */
@Catch()
export class KeepEventErrors implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Handles the events of all streams whose name matches, for instance `mission-*`, or only some of their types, for instance
 * `mission-*` + `/RunDelegated`. Handlers of one event run one after another in one transaction.
 */
export function EventsOf(pattern: string): MethodDecorator {
  return applyDecorators(EventPattern(pattern, JETSTREAM) as MethodDecorator, UseFilters(KeepEventErrors));
}

type Matches = (event: EventEnvelope) => boolean;

/**
 * Runs a Nest application's event handlers through a consumer of the bus: each event once, in the order of its stream, in the
 * transaction that moves the cursor. Closing stops the deliveries and waits for the handlers that run.
 */
export class JetStreamStrategy<Rows> extends Server implements CustomTransportStrategy {
  override readonly transportId = JETSTREAM;
  override readonly propagatesEventHandlerErrors = true;
  readonly #parts: ConsumerParts<Rows>;
  readonly #options: Omit<ConsumerOptions<Rows>, 'handle'>;
  readonly #handlers: { readonly matches: Matches; readonly handle: MessageHandler }[] = [];
  #consumption: Consumption | undefined;

  constructor(parts: ConsumerParts<Rows>, options: Omit<ConsumerOptions<Rows>, 'handle'>) {
    super();
    this.#parts = parts;
    this.#options = options;
  }

  /** Keeps handlers of one pattern apart: Nest's own chain would run them at once, inside one transaction. */
  override addHandler(pattern: unknown, handle: MessageHandler, isEventHandler = false): void {
    if (!isEventHandler) return;
    const text = String(pattern);
    handle.isEventHandler = true;
    this.#handlers.push({ matches: matching(text), handle });
    this.messageHandlers.set(text, handle);
  }

  listen(callback: () => void): void {
    this.#consumption = consume(this.#parts, {
      ...this.#options,
      handle: (event, context) => this.#dispatch(event, context),
    });
    callback();
  }

  async close(): Promise<void> {
    await this.#consumption?.stop();
  }

  /** The transport has no events of its own. */
  on(): void {
    throw new Error('JetStreamStrategy emits nothing; pass onProblem instead.');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  unwrap<T>(): T {
    return this.#consumption as T;
  }

  async #dispatch(event: EventEnvelope, context: EventContext<Rows>): Promise<void> {
    for (const { matches, handle } of this.#handlers) {
      if (!matches(event)) continue;
      const answer: unknown = await handle(event, new EventRpcContext([event, context]));
      // NOTE: a failing handler resolves, to an Observable that errors.
      await lastValueFrom(this.transformToObservable(answer), { defaultValue: undefined });
    }
  }
}

function matching(pattern: string): Matches {
  const [stream = '', type = '*'] = pattern.split('/');
  const streams = globToRegExp(stream);
  const types = globToRegExp(type);
  return (event) => streams.test(event.stream) && types.test(event.type);
}

function globToRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.split('*').map(literally).join('.*')}$`);
}

function literally(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
}
