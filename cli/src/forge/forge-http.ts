import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { plainLine } from '../terminal/terminal.ts';
import type { ForgeCall, ForgeOptions } from './forge.ts';

export interface ForgeHttpOptions extends ForgeOptions {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a refusal says that there is one already. */
  readonly isDuplicate: (status: number, text: string) => boolean;
}

const LIMIT_MS = 30_000;
const TRIES = 3;
const FIRST_PAUSE_MS = 500;
/** A longer rate limit is said instead of waited out. */
const LONGEST_PAUSE_MS = 60_000;

/** The REST API of a forge: JSON over one host. No redirect is followed, since the token would travel with it. */
export class ForgeHttp {
  constructor(private readonly options: ForgeHttpOptions) {}

  async send(call: ForgeCall): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.attempt(call);
      if (answer.status >= 200 && answer.status < 300) return jsonOf(answer.text);
      const pauseMs = tries < TRIES ? pauseOf(call, answer, tries) : undefined;
      if (pauseMs === undefined || pauseMs > LONGEST_PAUSE_MS) throw this.refused(call, answer);
      await this.options.pause(pauseMs, this.options.signal);
    }
  }

  private async attempt({ method, path, body }: ForgeCall): Promise<Answer> {
    const { apiUrl, token, headers, signal } = this.options;
    try {
      const response = await fetch(`${apiUrl.replace(/\/+$/u, '')}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          'user-agent': 'missions',
          ...headers,
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      signal.throwIfAborted();
      return {
        status: 0,
        headers: new Headers(),
        text: error instanceof Error ? error.message : String(error),
      };
    }
  }

  private refused(call: ForgeCall, answer: Answer): CliError {
    const { name, repository, isDuplicate } = this.options;
    const { status, text } = answer;
    const said = this.quoted(text);
    if (isRateLimit(answer))
      return new CliError(`${name} takes no more requests for now${until(answer)}.`, {
        code: 'FORGE_RATE_LIMITED',
        next: 'wait, then run the same command again: it goes on where it was',
      });
    if (status === 401 || status === 403)
      return new CliError(`${name} does not accept the token for this: ${said}`, {
        code: 'FORGE_AUTH',
        exitCode: exitCodes.auth,
        next: 'give the token of delivery.pullRequests.tokenEnv the right to write code and pull requests',
      });
    if (status === 404 || (status >= 300 && status < 400))
      return new CliError(
        `${name} shows no repository ${repository} there to this token${status === 404 ? '' : ' (it was moved)'}.`,
        { code: 'FORGE_NOT_FOUND', exitCode: exitCodes.notFound, next: 'missions config show --origin' },
      );
    if (isDuplicate(status, text))
      return new CliError(said, { code: 'FORGE_EXISTS', exitCode: exitCodes.conflict });
    if (status === 0 || status >= 500)
      return new CliError(
        `${name} does not answer ${call.method} ${call.path}: ${status === 0 ? '' : `${String(status)} `}${said}`,
        {
          code: 'FORGE_UNAVAILABLE',
          next: 'run the same command again: it goes on where it was',
        },
      );
    return new CliError(`${name} refused ${call.method} ${call.path} (${String(status)}): ${said}`, {
      code: 'FORGE_REFUSED',
    });
  }

  /** What a server says is shown, but never the token, should it come back. */
  private quoted(text: string): string {
    return plainLine(text.replaceAll(this.options.token, '[token]')).slice(0, 400);
  }
}

interface Answer {
  /** 0 says that nobody answered. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How long to wait before asking again; undefined where that would not help, or could do the same thing twice. */
function pauseOf({ method }: ForgeCall, answer: Answer, tries: number): number | undefined {
  if (isRateLimit(answer)) return limitMs(answer) ?? FIRST_PAUSE_MS * 2 ** tries;
  const isAway = answer.status === 0 || answer.status >= 500;
  return isAway && method !== 'POST' ? FIRST_PAUSE_MS * 2 ** (tries - 1) : undefined;
}

function isRateLimit({ status, headers, text }: Answer): boolean {
  if (status === 429) return true;
  const isSpent = headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after');
  return status === 403 && (isSpent || /secondary rate limit/iu.test(text));
}

function limitMs({ headers }: Answer): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(seconds)) return seconds * 1000;
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - Date.now()) : undefined;
}

function until(answer: Answer): string {
  const ms = limitMs(answer);
  return ms === undefined ? '' : `; it says to wait ${String(Math.ceil(ms / 1000))} s`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
