import { randomUUID } from 'node:crypto';
import { problemSchema, type ApiRouteKey, type apiRoutes } from '@missions/contracts';
import { delay } from '@missions/kernel';
import type { z } from 'zod';
import { CliError, errorOfProblem } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { missionIdOf } from '../next-command.ts';

export interface ApiEndpoint {
  readonly url: string;
  readonly token: string | undefined;
}

type Answer<Key extends ApiRouteKey> = (typeof apiRoutes)[Key] extends { readonly response: infer Schema }
  ? Schema extends z.ZodType
    ? z.output<Schema>
    : never
  : never;

export interface RequestParts {
  /** Values of `:id` and its like in the path. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

type GetKey = Extract<ApiRouteKey, `GET ${string}`>;
type PostKey = Extract<ApiRouteKey, `POST ${string}`>;

const LIMIT_MS = 30_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 200;

/** Mission Control as a client sees it. Answers are taken as they are: a newer server may say more than is known here. */
export class Api {
  constructor(
    private readonly endpoint: ApiEndpoint,
    private readonly signal: AbortSignal,
  ) {}

  get url(): string {
    return this.endpoint.url;
  }

  async get<Key extends GetKey>(key: Key, parts: RequestParts = {}): Promise<Answer<Key>> {
    const response = await this.request(key, parts, {});
    return (await response.json()) as Answer<Key>;
  }

  async text(key: GetKey, parts: RequestParts = {}): Promise<string> {
    return (await this.request(key, parts, {})).text();
  }

  async bytes(key: GetKey, parts: RequestParts = {}): Promise<Uint8Array> {
    return new Uint8Array(await (await this.request(key, parts, {})).arrayBuffer());
  }

  /** A body of any size: it may take as long as it keeps coming and nobody interrupts it. */
  async download(key: GetKey, parts: RequestParts = {}): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.request(key, parts, {}, this.signal);
    if (body === null) throw new CliError('The answer came without a body.', { code: 'NO_STREAM' });
    return body;
  }

  /** Sends a command once, however often it takes: every try carries the same key. */
  async command<Key extends PostKey>(key: Key, parts: RequestParts): Promise<Answer<Key>> {
    const headers = { 'idempotency-key': randomUUID() };
    for (let tries = 1; ; tries += 1) {
      try {
        const response = await this.request(key, parts, headers);
        return (await response.json()) as Answer<Key>;
      } catch (error) {
        if (tries >= TRIES || !mayPass(error)) throw error;
        await delay(FIRST_PAUSE_MS * 2 ** (tries - 1), this.signal);
      }
    }
  }

  /** A stream of bytes that goes on until it ends or `signal` aborts. */
  async stream(
    parts: RequestParts,
    options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  ): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.request('GET /v1/events', parts, options.headers, options.signal);
    if (body === null) throw new CliError('The event stream came without a body.', { code: 'NO_STREAM' });
    return body;
  }

  private async request(
    key: ApiRouteKey,
    { params, query, body }: RequestParts,
    headers: Readonly<Record<string, string>>,
    streamSignal?: AbortSignal,
  ): Promise<Response> {
    const [method = '', pattern = ''] = key.split(' ');
    const url = `${this.endpoint.url}${pathOf(pattern, params ?? {})}${queryOf(query ?? {})}`;
    const limit = streamSignal ?? AbortSignal.timeout(LIMIT_MS);
    const response = await fetch(url, {
      method,
      headers: {
        ...(this.endpoint.token !== undefined && { authorization: `Bearer ${this.endpoint.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.signal, limit]),
    }).catch((error: unknown) => {
      throw this.unreachable(error);
    });
    if (!response.ok) throw await errorOfResponse(response, missionIdOf(params?.['id']));
    return response;
  }

  private unreachable(error: unknown): unknown {
    if (this.signal.aborted) return error;
    const why =
      error instanceof Error && error.name === 'TimeoutError' ? 'did not answer in time' : 'does not answer';
    return new CliError(`Mission Control at ${this.endpoint.url} ${why}.`, {
      code: 'API_UNREACHABLE',
      next: 'missions status, or missions up',
      cause: error,
    });
  }
}

async function errorOfResponse(response: Response, missionId: string | undefined): Promise<CliError> {
  const text = await response.text();
  const parsed = problemSchema.safeParse(jsonOf(text));
  if (parsed.success) return errorOfProblem(parsed.data, missionId);
  // Not found by something else is no word about what was looked for.
  return new CliError(
    `${new URL(response.url).origin} answered ${String(response.status)} ${response.statusText}, and not as Mission Control does.`,
    { code: 'HTTP_ERROR', next: 'missions status says where it answers' },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether asking again may help: the server was away, or a part of it is. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof CliError) || error.exitCode !== exitCodes.error) return false;
  return [
    'API_UNREACHABLE',
    'BUS_NO_RESPONDERS',
    'BUS_TIMEOUT',
    'BUS_DISCONNECTED',
    'STORE_UNAVAILABLE',
  ].includes(error.code);
}

function pathOf(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(given(params[name], name)));
}

/** An empty name would ask for something else: the list that it stands in. */
function given(value: string | undefined, name: string): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw new CliError(`<${name}> is empty: say which one is meant.`, {
    code: 'USAGE',
    exitCode: exitCodes.usage,
    next: 'missions help COMMAND',
  });
}

function queryOf(query: NonNullable<RequestParts['query']>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
