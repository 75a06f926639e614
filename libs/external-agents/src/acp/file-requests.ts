import { RequestError, type ReadTextFileRequest, type WriteTextFileRequest } from '@agentclientprotocol/sdk';
import { isRefusal, type Redactor } from '@missions/kernel';
import type { SandboxSession } from '@missions/workspace';
import type { AgentTurn } from '../turn/agent-turn.ts';
import { isWritablePlace, placeOf } from './places.ts';

export interface FileRequestsParts {
  readonly session: SandboxSession;
  readonly redactor: Redactor;
  readonly contentBytes: number;
}

/** Files for an agent that lets its client open them: by the file server of the sandbox, so a link leads nowhere new. */
export class FileRequests {
  constructor(private readonly parts: FileRequestsParts) {}

  async read({ path, line, limit }: ReadTextFileRequest, turn: AgentTurn): Promise<{ content: string }> {
    const { session, redactor, contentBytes } = this.parts;
    const place = placeOf(path);
    const { bytes, size } = await this.answer('read', { place, turn }, () =>
      session.files.readFile(place, { limit: contentBytes }),
    );
    const ranged = line != null || limit != null;
    if (size > bytes.length && !ranged)
      throw this.refused(
        'read',
        { place, turn },
        `it has ${String(size)} bytes, more than can be read at once`,
      );
    turn.log.add('read', place);
    const text = redactor.redact(Buffer.from(bytes).toString('utf8'));
    return { content: ranged ? linesOf(text, line ?? 1, limit ?? undefined) : text };
  }

  async write({ path, content }: WriteTextFileRequest, turn: AgentTurn): Promise<void> {
    const place = placeOf(path);
    if (!isWritablePlace(place))
      throw this.refused('write', { place, turn }, 'it lies outside of the workspace');
    const bytes = Buffer.byteLength(content);
    if (bytes > this.parts.contentBytes)
      throw this.refused(
        'write',
        { place, turn },
        `${String(bytes)} bytes are more than can be written at once`,
      );
    await this.answer('write', { place, turn }, () => this.parts.session.files.writeFile(place, content));
    turn.log.add('write', `${place}, ${String(bytes)} bytes`, { path: place, bytes });
    turn.wrote();
  }

  private async answer<Value>(
    what: 'read' | 'write',
    at: { readonly place: string; readonly turn: AgentTurn },
    ask: () => Promise<Value>,
  ): Promise<Value> {
    try {
      return await at.turn.waitsFor(ask());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw this.refused(what, at, error.message, error.code);
    }
  }

  private refused(
    what: 'read' | 'write',
    { place, turn }: { readonly place: string; readonly turn: AgentTurn },
    why: string,
    code?: string,
  ): RequestError {
    if (code === 'FILE_NOT_FOUND') return RequestError.resourceNotFound(place);
    turn.log.add('permission', `${what} ${place} — refused: ${why}`);
    return RequestError.invalidParams(undefined, `Refused: ${why}`);
  }
}

function linesOf(text: string, first: number, limit: number | undefined): string {
  const lines = text.split('\n').slice(Math.max(first, 1) - 1);
  return (limit === undefined ? lines : lines.slice(0, limit)).join('\n');
}
