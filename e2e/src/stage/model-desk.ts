import {
  parseRunHeader,
  type Model,
  type ModelReply,
  type ModelRequest,
  type RespondOptions,
  type RunHeader,
} from '@missions/models';
import { startMessagesApiServer, type MessagesApiServer } from '@missions/models/conformance';
import { ScriptedModel, type Script } from '@missions/models/scripted';

/** One call of a model as the server saw it. */
export interface ModelCall {
  readonly header: RunHeader;
  /** Assistant turns the request already held. */
  readonly turn: number;
  readonly at: string;
}

export interface ModelDesk {
  readonly url: string;
  readonly apiKey: string;
  readonly calls: readonly ModelCall[];
  /** What the agents of one mission say; the default script serves all others. */
  readonly say: (missionId: string, script: Script) => void;
  /** Calls that match are not answered until they are released; resolves with the first one that waits. */
  readonly hold: (matches: (call: ModelCall) => boolean) => Held;
  readonly close: () => Promise<void>;
}

export interface Held {
  /** Resolves when a call waits. */
  readonly arrived: Promise<ModelCall>;
  readonly release: () => void;
}

/** A server that speaks the Messages API with streaming, plays a script per mission, and remembers every call. */
export async function openModelDesk(script: Script): Promise<ModelDesk> {
  const model = new DeskModel(script);
  const apiKey = 'sk-ant-e2e-0123456789abcdefghij-not-a-real-key';
  const server: MessagesApiServer = await startMessagesApiServer({ model, apiKey, chunkBytes: 97 });
  return {
    url: server.url,
    apiKey,
    calls: model.calls,
    say: (missionId, own) => model.scripts.set(missionId, own),
    hold: (matches) => model.hold(matches),
    close: () => server.close(),
  };
}

class DeskModel implements Model {
  readonly id = 'desk/scripted';
  readonly calls: ModelCall[] = [];
  readonly scripts = new Map<string, Script>();
  readonly #holds: { matches: (call: ModelCall) => boolean; wait: (call: ModelCall) => Promise<void> }[] = [];

  constructor(private readonly script: Script) {}

  async respond(request: ModelRequest, options: RespondOptions = {}): Promise<ModelReply> {
    const first = request.messages[0]?.content[0];
    const header = (first?.type === 'text' ? parseRunHeader(first.text) : undefined) ?? {};
    const turn = request.messages.filter(({ role }) => role === 'assistant').length;
    const call = { header, turn, at: new Date().toISOString() };
    this.calls.push(call);
    for (const { matches, wait } of this.#holds) if (matches(call)) await wait(call);
    // Who holds a call may not have known the mission yet when it came.
    const script = this.scripts.get(header.mission ?? '') ?? this.script;
    options.signal?.throwIfAborted();
    return new ScriptedModel(this.id, script).respond(request, options);
  }

  hold(matches: (call: ModelCall) => boolean): Held {
    const arrived = Promise.withResolvers<ModelCall>();
    const released = Promise.withResolvers<undefined>();
    this.#holds.push({
      matches,
      wait: (call) => {
        arrived.resolve(call);
        return released.promise;
      },
    });
    return {
      arrived: arrived.promise,
      release: () => {
        released.resolve(undefined);
      },
    };
  }
}
