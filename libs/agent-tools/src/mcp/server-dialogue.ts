import {
  Client,
  StreamableHTTPClientTransport,
  type CallToolResult,
  type Transport,
} from '@modelcontextprotocol/client';
import type { SandboxSession } from '@missions/workspace';
import { guardedFetch } from './guarded-fetch.ts';
import type { HttpServer, McpServer } from './mcp-server.ts';
import type { ListedTool } from './offer.ts';
import { serverFault, ServerFault } from './server-fault.ts';
import { SessionTransport } from './session-transport.ts';

export type Answer = CallToolResult;

/** Where a server is reached from. */
export interface Reach {
  /** Where stdio servers run; a run without one has none of them. */
  readonly session?: Pick<SandboxSession, 'start'> | undefined;
  /** The environment that `headersEnv` names variables of. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

interface Limit {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxPages = 8;
/** Beyond a call's own time, for the way to and fro. */
const slackMs = 2_000;

/** An open dialogue with one server. Everything rejects with a `ServerFault`, or with the signal's reason when that aborted. */
export class ServerDialogue {
  private constructor(
    private readonly client: Client,
    private readonly transport: Transport,
  ) {}

  static async open(server: McpServer, reach: Reach, signal: AbortSignal): Promise<ServerDialogue> {
    const transport = transportOf(server, reach);
    const client = new Client(
      { name: 'missions', version: '1' },
      {
        capabilities: {},
        listMaxPages: maxPages,
        // A server's own schema of its answers would be compiled and run here; its answers are only ever read as text.
        jsonSchemaValidator: {
          getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
        },
        inputRequired: { autoFulfill: false },
        // Asking first would end servers that know only `initialize`; over HTTP a question costs nothing.
        ...(server.transport === 'http' && { versionNegotiation: { mode: 'auto' as const } }),
      },
    );
    const dialogue = new ServerDialogue(client, transport);
    try {
      await within({ timeoutMs: server.startMs, signal }, (options) => client.connect(transport, options));
      return dialogue;
    } catch (error) {
      await dialogue.close();
      throw error;
    }
  }

  async listTools(limit: Limit): Promise<readonly ListedTool[]> {
    const { tools } = await within(limit, (options) =>
      this.client.listTools(undefined, { ...options, cacheMode: 'bypass' }),
    );
    return tools;
  }

  callTool(tool: string, input: Readonly<Record<string, unknown>>, limit: Limit): Promise<Answer> {
    return within(limit, (options) => this.client.callTool({ name: tool, arguments: { ...input } }, options));
  }

  /** Ends the server's process, or takes leave of it. */
  async close(): Promise<void> {
    if (this.transport instanceof StreamableHTTPClientTransport && this.transport.sessionId !== undefined)
      await this.transport.terminateSession().catch(() => undefined);
    await this.client.close().catch(() => undefined);
    await this.transport.close().catch(() => undefined);
  }
}

function transportOf(server: McpServer, { session, variables }: Reach): Transport {
  if (server.transport === 'http') return httpTransport(server, variables);
  if (!session)
    throw new ServerFault('not_configured', 'a stdio server needs a sandbox, and this run has none');
  return new SessionTransport(session, server.command);
}

function httpTransport(server: HttpServer, variables: Reach['variables']): Transport {
  const url = new URL(server.url);
  const headers = Object.entries(server.headersEnv).map(([name, variable]): [string, string] => {
    const value = variables[variable]?.trim();
    if (value === undefined || value === '')
      throw new ServerFault('not_configured', `the variable ${variable} is not set`);
    return [name, value];
  });
  const timeoutMs = Math.max(server.timeoutMs, server.startMs) + slackMs;
  return new StreamableHTTPClientTransport(url, {
    fetch: guardedFetch({ url, timeoutMs }),
    requestInit: { headers },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1,
      maxReconnectionDelay: 1,
      reconnectionDelayGrowFactor: 1,
    },
  });
}

/** Bounds one exchange from outside, too: a library's own clock is not relied on with a stranger. */
async function within<Value>(
  { timeoutMs, signal }: Limit,
  exchange: (options: { readonly timeout: number; readonly signal: AbortSignal }) => Promise<Value>,
): Promise<Value> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs + slackMs)]);
  try {
    signal.throwIfAborted();
    return await orAborted(exchange({ timeout: timeoutMs, signal: either }), either);
  } catch (error) {
    signal.throwIfAborted();
    if (either.aborted) throw new ServerFault('timeout', 'it did not answer in time', { cause: error });
    throw serverFault(error);
  }
}

function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
