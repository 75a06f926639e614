import type { Responder, Subscription } from '@missions/bus';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { BaseRpcContext } from '@nestjs/microservices';
import { lastValueFrom, type Observable } from 'rxjs';
import { withLogContext, type LogContext } from '../logging/logger.ts';

/** Serves Nest's `@MessagePattern('cmd.…')` over the bus's request/reply, whatever bus that is. */
export class RequestReplyStrategy extends Server implements CustomTransportStrategy {
  private subscriptions: readonly Subscription[] = [];

  constructor(
    private readonly responder: Responder,
    /** Replicas that share it share the work. */
    private readonly queue: string,
  ) {
    super();
  }

  listen(ready: () => void): void {
    const handlers = [...this.messageHandlers].filter(([, handler]) => handler.isEventHandler !== true);
    this.subscriptions = handlers.map(([subject, handler]) =>
      this.responder.respond(subject, this.queue, (payload) => this.answer(subject, handler, payload)),
    );
    ready();
  }

  /** Takes no more requests and waits for those under way. */
  async close(): Promise<void> {
    const { subscriptions } = this;
    this.subscriptions = [];
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
  }

  on(): never {
    throw new Error('Request/reply has no events of its own.');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the form of Nest's own method
  unwrap<T>(): T {
    return this.responder as T;
  }

  private async answer(subject: string, handler: MessageHandler, payload: unknown): Promise<unknown> {
    return withLogContext(contextOf(subject, payload), async () => {
      const result: unknown = await handler(payload, new BaseRpcContext([subject]));
      const answers = this.transformToObservable<unknown>(result as Observable<unknown>);
      return lastValueFrom(answers, { defaultValue: undefined });
    });
  }
}

function contextOf(subject: string, payload: unknown): LogContext {
  if (typeof payload !== 'object' || payload === null) return { subject };
  const named = ['missionId', 'featureId', 'runId', 'correlationId'] as const;
  const fields = named.flatMap((name) => {
    const value: unknown = Reflect.get(payload, name);
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { subject, ...Object.fromEntries(fields) };
}
