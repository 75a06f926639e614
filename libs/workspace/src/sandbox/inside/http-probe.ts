import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

interface Wanted {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly base64: string;
  readonly bodyBytes: number;
  readonly timeoutMs: number;
}

/** Sends the one HTTP request described on standard input and prints what came back; exits 3 when nothing did. */
const wanted = JSON.parse(await text(process.stdin)) as Wanted;
const startedAt = performance.now();

try {
  const response = await send();
  const body = await bodyOf(response);
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  const durationMs = Math.round(performance.now() - startedAt);
  print({ status: response.statusCode, headers, ...body, durationMs });
  process.exitCode = 0;
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  print({ reason: code ?? message });
  process.exitCode = 3;
}

function send(): Promise<IncomingMessage> {
  const request = wanted.url.startsWith('https:') ? httpsRequest : httpRequest;
  const { method, headers, timeoutMs } = wanted;
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal: AbortSignal.timeout(timeoutMs), agent: false as const };
    const outgoing = request(wanted.url, options, resolve);
    outgoing.on('error', reject);
    outgoing.end(Buffer.from(wanted.base64, 'base64'));
  });
}

async function bodyOf(response: IncomingMessage): Promise<{ base64: string; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > wanted.bodyBytes) break;
  }
  const kept = Buffer.concat(chunks).subarray(0, wanted.bodyBytes);
  return { base64: kept.toString('base64'), truncated: size > wanted.bodyBytes };
}

function print(reply: object): void {
  process.stdout.write(JSON.stringify(reply));
}
