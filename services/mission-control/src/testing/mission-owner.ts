import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { pokingStore, type Bus } from '@missions/bus';
import {
  missionCommandRequestSchema,
  missionCommandSubject,
  parseMissionCommand,
  signedText,
  type MissionCommandReply,
} from '@missions/contracts';
import type { EventStore } from '@missions/event-store';
import { DomainError, eventsOf, type Fact } from '@missions/kernel';
import { handle, missionStream, type MissionEventType } from '@missions/mission';
import { MissionFolds } from '@missions/runs';

/** Two halves: Mission Control signs with one, the owner checks with the other. */
export function commandKeys(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The missions' owner in its smallest form: checks the signature, decides, appends, pokes. */
export class MissionOwner {
  private readonly store: EventStore;
  private readonly folds: MissionFolds;
  private readonly key: KeyObject;

  constructor(store: EventStore, bus: Bus, publicPem: string) {
    this.store = pokingStore(store, bus);
    this.folds = new MissionFolds(store);
    this.key = createPublicKey(publicPem);
    bus.respond(missionCommandSubject, 'decide', (payload) => this.answer(payload));
  }

  /** Facts that nobody asked for, as runs and services would make them. */
  async happen(missionId: string, facts: readonly Fact[]): Promise<void> {
    const stream = missionStream(missionId);
    const head = await this.store.head(stream);
    const events = eventsOf(`test/${missionId}/${String(head)}`, facts, {
      occurredAt: new Date(1_770_000_000_000 + head * 1000).toISOString(),
      actor: { kind: 'service', id: 'test' },
      correlationId: 'test',
      causationId: 'test',
    });
    await this.store.append({ stream, expectedVersion: head, events });
  }

  private async answer(payload: unknown): Promise<MissionCommandReply> {
    const request = missionCommandRequestSchema.parse(payload);
    const text = Buffer.from(signedText(request), 'utf8');
    if (!verify(null, text, this.key, Buffer.from(request.signature ?? '', 'base64')))
      throw new DomainError('UNSIGNED_COMMAND', 'Not signed by Mission Control.');
    const parsed = parseMissionCommand(request.command);
    if (!('command' in parsed)) throw new DomainError('MALFORMED_COMMAND', parsed.issues.join('; '));
    const { commandId, missionId, actor, expectedVersion } = request;
    const known = (await this.store.read(missionStream(missionId))).find(({ id }) => id === `${commandId}/0`);
    if (known)
      return { commandId, missionId, seq: known.version, repeated: true, acceptedAt: known.occurredAt };
    const before = await this.folds.load(missionId);
    const at = new Date().toISOString();
    const appended = await this.store.append({
      stream: missionStream(missionId),
      expectedVersion: expectedVersion ?? before.version,
      events: eventsOf<MissionEventType, unknown>(
        commandId,
        handle(parsed.command, before, { actor, at }).events,
        {
          occurredAt: at,
          actor,
          correlationId: commandId,
          causationId: commandId,
        },
      ),
    });
    return { commandId, missionId, seq: appended.version, repeated: appended.repeated, acceptedAt: at };
  }
}
