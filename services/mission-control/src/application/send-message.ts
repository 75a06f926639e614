import { randomUUID } from 'node:crypto';
import { messageViews, type CommandAccepted } from '@missions/contracts';
import type { Mission } from '@missions/mission';
import { commandIdOf, type CommandOrigin, type SendCommand } from './send-command.ts';

export interface MessageDraft {
  readonly text: string;
  readonly interrupt: boolean;
}

/** Says something to a mission, and tells the sender what happens with it: which run hears or stops for it, if any. */
export class SendMessage {
  constructor(
    private readonly commands: Pick<SendCommand, 'send'>,
    private readonly missionNow: (missionId: string) => Promise<Mission>,
  ) {}

  /** Resolves after the append. A repeat with the same key is the same message, shown as it is by then. */
  async send(origin: CommandOrigin, missionId: string, draft: MessageDraft): Promise<CommandAccepted> {
    const keyed = { ...origin, idempotencyKey: origin.idempotencyKey ?? randomUUID() };
    const messageId = `msg-${commandIdOf(keyed).slice('http/'.length, 'http/'.length + 12)}`;
    const command = { type: 'SendMessage', data: { messageId, ...draft } } as const;
    const accepted = await this.commands.send(keyed, missionId, command);
    const message = messageViews(await this.missionNow(missionId)).find(({ id }) => id === messageId);
    return { ...accepted, ...(message && { message }) };
  }
}
