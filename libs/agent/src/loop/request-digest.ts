import { createHash, type Hash } from 'node:crypto';
import type { Message, ModelRequest } from '@missions/models';

/**
 * SHA-256 of the JSON of requests that grow: what earlier requests had in common is hashed once, so that a turn costs what
 * it adds and not what came before it.
 */
export class RequestDigest {
  private hash: Hash = createHash('sha256');
  private hashed: readonly Message[] = [];
  private system: string | undefined;

  of({ system, messages, ...rest }: ModelRequest): string {
    if (system !== this.system || !this.continuedBy(messages)) this.restart(system);
    // The last message may still grow: results and texts between two replies form one.
    const settled = messages.slice(0, -1);
    for (const message of settled.slice(this.hashed.length)) this.hash.update(`${JSON.stringify(message)},`);
    this.hashed = settled;
    const end = `${JSON.stringify(messages.at(-1))}],${JSON.stringify(rest).slice(1)}`;
    return `sha256:${this.hash.copy().update(end).digest('hex')}`;
  }

  /** The fold keeps a message that did not change as it is. */
  private continuedBy(messages: readonly Message[]): boolean {
    return (
      this.hashed.length < messages.length && this.hashed.every((message, at) => message === messages[at])
    );
  }

  private restart(system: string): void {
    this.system = system;
    this.hashed = [];
    this.hash = createHash('sha256').update(`{"system":${JSON.stringify(system)},"messages":[`);
  }
}
