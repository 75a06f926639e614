import { delay } from '@missions/kernel';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { BusError } from '../bus-error.ts';
import type { BusStatus } from '../bus.ts';
import { backoffMs } from '../wakeable-loop.ts';

const BACKOFF = { firstMs: 100, maxMs: 2_000 };
const CLOSE_LIMIT_MS = 2_000;

/** Called with every new connection; returns what undoes it. */
export type ConnectionHook = (connection: NatsConnection) => () => void;

/**
 * A connection to NATS that is kept up for ever: the client reconnects by itself, and when it gives one up (a revoked
 * login, for instance) a new one is opened. What must outlive connections is set up in hooks.
 */
export class NatsLink {
  readonly #options: ConnectionOptions;
  readonly #problemListeners = new Set<(error: unknown) => void>();
  readonly #lossListeners = new Set<() => void>();
  readonly #reconnectListeners = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #hooks = new Map<ConnectionHook, (() => void) | undefined>();
  #connection: NatsConnection | undefined;
  #live = false;
  #up = Promise.withResolvers<NatsConnection>();
  #keeping: Promise<void> | undefined;
  #attempts = 0;
  #disconnects = 0;
  #lastError: unknown;

  constructor(options: ConnectionOptions, onProblem: (error: unknown) => void) {
    this.#problemListeners.add(onProblem);
    this.#options = {
      ...options,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      // An error says what was asked and of whom (`toBusError`); a stack captured for each request and publish is dear.
      noAsyncTraces: true,
      // NOTE: asked several times per attempt, so it must not count by itself.
      reconnectDelayHandler: () => this.#pauseMs(),
    };
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  start(): void {
    this.#keeping ??= this.#keepConnected();
  }

  /** The connection if it is up now. */
  get connection(): NatsConnection | undefined {
    return this.#live ? this.#connection : undefined;
  }

  /** The connection, or a transient `BusError`: nothing is buffered while it is down. */
  requireConnection(): NatsConnection {
    const { connection } = this;
    if (connection) return connection;
    throw new BusError('BUS_DISCONNECTED', 'NATS is not connected.', { cause: this.#lastError });
  }

  /**
   * Works on the connection; rejects with a transient `BusError` as soon as it is lost, since the client itself would wait
   * for an answer that cannot come any more until its time limit.
   */
  async during<T>(work: (connection: NatsConnection) => Promise<T>): Promise<T> {
    const connection = this.requireConnection();
    const lost = Promise.withResolvers<never>();
    const onLost = (): void => {
      lost.reject(
        new BusError('BUS_DISCONNECTED', 'The connection to NATS was lost before the answer came.'),
      );
    };
    this.#lossListeners.add(onLost);
    const working = work(connection);
    working.catch(() => undefined);
    try {
      return await Promise.race([working, lost.promise]);
    } finally {
      this.#lossListeners.delete(onLost);
    }
  }

  /** Resolves when there is a connection; rejects when the signal aborts or the link closes. */
  async ready(signal: AbortSignal): Promise<NatsConnection> {
    const gone = AbortSignal.any([signal, this.#closing.signal]);
    gone.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => {
      reject(new BusError('BUS_ABORTED', 'Stopped waiting for NATS.', { cause: gone.reason }));
    };
    gone.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.#up.promise, promise]);
    } finally {
      gone.removeEventListener('abort', onAbort);
    }
  }

  /** Runs the hook now, if connected, and for every later connection; returns what ends that. */
  onConnection(hook: ConnectionHook): () => void {
    this.#hooks.set(hook, this.#connection && hook(this.#connection));
    return () => {
      this.#hooks.get(hook)?.();
      this.#hooks.delete(hook);
    };
  }

  /** Returns what ends it. */
  onReconnect(listener: () => void): () => void {
    this.#reconnectListeners.add(listener);
    return () => this.#reconnectListeners.delete(listener);
  }

  /** Returns what ends it. */
  onProblem(listener: (error: unknown) => void): () => void {
    this.#problemListeners.add(listener);
    return () => this.#problemListeners.delete(listener);
  }

  status(): BusStatus {
    const { connection } = this;
    return {
      connected: connection !== undefined,
      server: this.#connection?.getServer(),
      disconnects: this.#disconnects,
      lastError: this.#lastError === undefined ? undefined : messageOf(this.#lastError),
    };
  }

  /** An attempt to connect that is under way ends by itself, within its own limit; it is not waited for. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The bus is closing.'));
    const connection = this.#connection;
    if (!connection) return;
    const limit = new AbortController();
    const flushed = this.#live ? connection.drain().catch(() => undefined) : Promise.resolve();
    await Promise.race([flushed, delay(CLOSE_LIMIT_MS, limit.signal).catch(() => undefined)]);
    limit.abort();
    await connection.close();
    await this.#keeping;
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#connectOnce();
      } catch (error) {
        this.#note(error);
      }
      this.#attempts += 1;
      await delay(this.#pauseMs(), signal).catch(() => undefined);
    }
  }

  /** Connects and stays until that connection is given up. */
  async #connectOnce(): Promise<void> {
    const connection = await connect(this.#options);
    if (this.#closing.signal.aborted) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    this.#markUp(connection);
    for (const hook of this.#hooks.keys()) this.#hooks.set(hook, hook(connection));
    const watching = this.#watch(connection);
    const reason = await connection.closed();
    this.#markDown();
    this.#connection = undefined;
    await watching;
    if (reason) this.#note(reason);
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.#markDown();
      if (status.type === 'reconnecting') this.#attempts += 1;
      if (status.type === 'reconnect') {
        this.#markUp(connection);
        for (const listener of this.#reconnectListeners) listener();
      }
      if (status.type === 'error') this.#note(status.error);
    }
  }

  #markUp(connection: NatsConnection): void {
    this.#live = true;
    this.#attempts = 0;
    this.#up.resolve(connection);
  }

  #markDown(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#disconnects += 1;
    this.#up = Promise.withResolvers();
    for (const listener of this.#lossListeners) listener();
  }

  #note(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#lastError = error;
    for (const listener of this.#problemListeners) listener(error);
  }

  #pauseMs(): number {
    return backoffMs(Math.max(1, this.#attempts), BACKOFF) * (0.5 + Math.random() / 2);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
