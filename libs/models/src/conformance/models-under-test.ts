import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedactor } from '@missions/kernel';
import { AnthropicModel } from '../anthropic/index.ts';
import type { Model } from '../model.ts';
import { OpenAiCompatibleModel } from '../openai-compatible/index.ts';
import { openAiCompatibleProviderSchema } from '../provider.ts';
import { Recording, RecordedModel } from '../recorded/index.ts';
import type { CallGate } from '../rate/call-gate.ts';
import type { RetryPolicy } from '../retry.ts';
import { ScriptedModel, type Script } from '../scripted/index.ts';
import { startChatCompletionsServer } from './chat-completions-server.ts';
import { chatDialects, type ChatDialectName } from './chat-dialect.ts';
import type { Fault } from './fault.ts';
import { startMessagesApiServer } from './messages-api-server.ts';

/** The key the local servers want; no message may ever repeat it. */
export const KEY = 'key-of-the-battery-0001';

export interface UnderTestOptions {
  readonly chunkBytes?: number;
  readonly retry?: Partial<RetryPolicy>;
  readonly idleMs?: number;
  readonly contextTokens?: number;
  readonly apiKey?: string;
  readonly gate?: CallGate;
  /** What every answer of the server tells besides. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** A provider's model that answers by a script, over whatever wire it has. */
export interface ModelUnderTest {
  readonly model: Model;
  /** Spoils the next answers on the wire. */
  readonly fail: (...faults: readonly Fault[]) => void;
  /** Requests that reached the server. */
  readonly requests: () => readonly object[];
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export type OpenUnderTest = (script: Script, options?: UnderTestOptions) => Promise<ModelUnderTest>;

const noWire = { fail: () => undefined, requests: () => [], connections: () => 0 };

const scripted: OpenUnderTest = (script) =>
  Promise.resolve({
    ...noWire,
    model: new ScriptedModel('demo/any', script),
    close: () => Promise.resolve(),
  });

/** Every reply is asked for twice: once while it is recorded, once from the recording alone. */
const recorded: OpenUnderTest = (script) => {
  const path = join(tmpdir(), `missions-recording-${randomUUID()}.jsonl`);
  const open = async (source?: Model): Promise<RecordedModel> =>
    new RecordedModel({
      id: 'tape/any',
      model: 'any',
      recording: await Recording.open(path, { mustExist: false }),
      source,
      redactor: createRedactor({ secrets: [] }),
      masks: [],
    });
  const model: Model = {
    id: 'tape/any',
    respond: async (request, options = {}) => {
      const { signal } = options;
      await (await open(new ScriptedModel('demo/any', script))).respond(request, signal ? { signal } : {});
      return await (await open()).respond(request, options);
    },
  };
  return Promise.resolve({ ...noWire, model, close: () => rm(path, { force: true }) });
};

const anthropic: OpenUnderTest = async (script, options = {}) => {
  const { chunkBytes, headers } = options;
  const server = await startMessagesApiServer({
    model: new ScriptedModel('demo/any', script),
    apiKey: KEY,
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
    ...(headers === undefined ? {} : { headers }),
  });
  const model = new AnthropicModel({
    apiKey: KEY,
    ...options,
    id: 'anthropic/any',
    model: 'any',
    baseUrl: server.url,
    retry: { attempts: 1, ...options.retry },
  });
  return { model, ...wireOf(server) };
};

function wireOf(server: {
  readonly requests: readonly object[];
  fail(...faults: readonly Fault[]): void;
  connections(): number;
  close(): Promise<void>;
}): Omit<ModelUnderTest, 'model'> {
  return {
    fail: (...faults) => {
      server.fail(...faults);
    },
    requests: () => server.requests,
    connections: () => server.connections(),
    close: () => server.close(),
  };
}

export function chat(dialect: ChatDialectName): OpenUnderTest {
  return async (script, options = {}) => {
    const { chunkBytes, headers } = options;
    const wire = chatDialects[dialect];
    const server = await startChatCompletionsServer({
      model: new ScriptedModel('demo/any', script),
      apiKey: KEY,
      dialect: wire,
      ...(chunkBytes === undefined ? {} : { chunkBytes }),
      ...(headers === undefined ? {} : { headers }),
    });
    const provider = openAiCompatibleProviderSchema.parse({
      kind: 'openai-compatible',
      baseUrl: server.url,
      ...(wire.maxTokensField === 'either' ? {} : { maxTokensField: wire.maxTokensField }),
    });
    const model = new OpenAiCompatibleModel({
      apiKey: KEY,
      ...options,
      id: 'local/any',
      model: 'any',
      provider,
      retry: { attempts: 1, ...options.retry },
    });
    return { model, ...wireOf(server) };
  };
}

export const wireProviders: Readonly<Record<string, OpenUnderTest>> = {
  anthropic,
  'openai-compatible': chat('openai'),
};

/** Every provider, and every server of Chat Completions that is known to differ. */
export const allProviders: Readonly<Record<string, OpenUnderTest>> = {
  scripted,
  recorded,
  ...wireProviders,
  ...Object.fromEntries(
    (Object.keys(chatDialects) as ChatDialectName[])
      .filter((name) => name !== 'openai')
      .map((name) => [`openai-compatible as ${name}`, chat(name)]),
  ),
};
