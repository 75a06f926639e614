import {
  methods,
  RequestError,
  type InitializeResponse,
  type NewSessionResponse,
} from '@agentclientprotocol/sdk';
import { FailRun } from '@missions/agent';
import { clientName, PROTOCOL_VERSION, type AcpLink } from './acp-link.ts';
import type { Patience } from './patience.ts';

export interface SessionWanted {
  readonly cwd: string;
  /** One of a former holder, which the agent may still know. */
  readonly formerId: string | undefined;
  readonly startMs: number;
  /** While a session is loaded, the agent repeats what was said in it. */
  readonly onReplay: (replaying: boolean) => void;
}

/** Greets an agent and opens a session in it: the former one where the agent still has it, else a new one. */
export async function beginSession(
  { agent }: AcpLink,
  patience: Patience,
  { cwd, formerId, startMs, onReplay }: SessionWanted,
): Promise<{ readonly sessionId: string; readonly isNew: boolean }> {
  const greeting: Promise<InitializeResponse> = agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: { fs: { readTextFile: true, writeTextFile: true }, terminal: true },
    clientInfo: { name: clientName, version: '1' },
  });
  const { protocolVersion, agentCapabilities } = await patience.for(greeting, startMs);
  if (protocolVersion !== PROTOCOL_VERSION) {
    const versions = `version ${String(protocolVersion)} of the protocol, and ${String(PROTOCOL_VERSION)} is needed`;
    throw new FailRun('tool', `The agent speaks ${versions}.`);
  }
  const place = { cwd, mcpServers: [] };
  if (agentCapabilities?.loadSession === true && formerId !== undefined) {
    onReplay(true);
    const loading: Promise<unknown> = agent.request(methods.agent.session.load, {
      ...place,
      sessionId: formerId,
    });
    const loaded = await loadedIn(patience, loading, startMs);
    onReplay(false);
    if (loaded) return { sessionId: formerId, isNew: false };
  }
  const opening: Promise<NewSessionResponse> = agent.request(methods.agent.session.new, place);
  const { sessionId } = await patience.for(opening, startMs);
  return { sessionId, isNew: true };
}

/** An agent that has forgotten the session says so by an error of its own; anything else rises. */
async function loadedIn(patience: Patience, loading: Promise<unknown>, startMs: number): Promise<boolean> {
  try {
    await patience.for(loading, startMs);
    return true;
  } catch (error) {
    if (error instanceof RequestError) return false;
    throw error;
  }
}
