import type { Redactor } from '@missions/kernel';
import type { EvidenceStore } from '../evidence.ts';
import type { McpServer } from './mcp-server.ts';
import { isUnchanged, type Offer } from './offer.ts';
import { ServerDialogue, type Answer, type Reach } from './server-dialogue.ts';
import { ServerFault } from './server-fault.ts';

/** A program that ended so often in one run will end again. */
const maxOpenings = 4;

/** What the servers of a run have in common. */
export interface RunSurroundings extends Reach {
  readonly redactor: Redactor;
  /** Where long answers are kept whole. */
  readonly artifacts: EvidenceStore;
}

/** One server as one run uses it: opened when it is needed, and again when it ended, held to the list that the run began with. */
export class RunServer {
  private dialogue: Promise<ServerDialogue> | undefined;
  private openings = 0;
  private check: Promise<void> | undefined;
  private distrusted: ServerFault | undefined;

  constructor(
    readonly name: string,
    readonly settings: McpServer,
    readonly surroundings: RunSurroundings,
  ) {}

  async listTools(signal: AbortSignal): ReturnType<ServerDialogue['listTools']> {
    const dialogue = await this.opened(signal);
    return dialogue.listTools({ timeoutMs: this.settings.startMs, signal });
  }

  /** Rejects with a `ServerFault`, or with the signal's reason. */
  async call(
    tool: string,
    {
      input,
      offer,
      signal,
    }: {
      readonly input: Readonly<Record<string, unknown>>;
      readonly offer: Offer;
      readonly signal: AbortSignal;
    },
  ): Promise<Answer> {
    try {
      await this.unchanged(offer, signal);
      const dialogue = await this.opened(signal);
      return await dialogue.callTool(tool, input, { timeoutMs: this.settings.timeoutMs, signal });
    } catch (error) {
      if (this.isOver(error)) await this.close();
      throw error;
    }
  }

  /** A refusal ends nothing, nor does one slow answer over HTTP, where other calls may be under way; a hanging process is ended. */
  private isOver(error: unknown): boolean {
    if (!(error instanceof ServerFault)) return true;
    if (error.kind === 'timeout') return this.settings.transport === 'stdio';
    return error.kind !== 'refused';
  }

  async close(): Promise<void> {
    const { dialogue } = this;
    this.dialogue = undefined;
    await dialogue?.then((open) => open.close()).catch(() => undefined);
  }

  private opened(signal: AbortSignal): Promise<ServerDialogue> {
    if (this.dialogue) return this.dialogue;
    if (this.settings.transport === 'stdio' && this.openings === maxOpenings)
      return Promise.reject(
        new ServerFault('ended', `it ended ${maxOpenings} times in this run and is left alone`),
      );
    this.openings += 1;
    const dialogue = ServerDialogue.open(this.settings, this.surroundings, signal);
    this.dialogue = dialogue;
    dialogue.catch(() => {
      if (this.dialogue === dialogue) this.dialogue = undefined;
    });
    return dialogue;
  }

  /** Asked before every call, once for those that run together; a list that changed is refused for the rest of the run. */
  private async unchanged(offer: Offer, signal: AbortSignal): Promise<void> {
    if (this.distrusted) throw this.distrusted;
    const check = (this.check ??= this.compare(offer, signal).finally(() => (this.check = undefined)));
    await check;
  }

  private async compare(offer: Offer, signal: AbortSignal): Promise<void> {
    const list = await this.listTools(signal);
    if (isUnchanged(offer, list)) return;
    this.distrusted = new ServerFault('changed', 'its tools are not those that this run began with');
    throw this.distrusted;
  }
}
