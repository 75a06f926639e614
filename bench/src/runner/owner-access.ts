import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { Bus } from '@missions/bus';
import { connectBus } from '@missions/bus/nats';
import { signedText, type MissionCommandRequest } from '@missions/contracts';
import type { MissionCommandInput } from '@missions/mission';
import { RequestingCommander } from '@missions/runs';
import type { Ground } from '../ground/ground.ts';

const LIMIT_MS = 20_000;

/** The way to the mission's owner that Mission Control has: on the bus, with its key. */
export class OwnerAccess {
  readonly #key: KeyObject;
  readonly #commander: RequestingCommander;

  private constructor(
    readonly bus: Bus,
    privateKey: string,
  ) {
    this.#key = createPrivateKey(privateKey);
    this.#commander = new RequestingCommander(bus);
  }

  static async open({ stack, credentials }: Ground): Promise<OwnerAccess> {
    const bus = await connectBus({
      servers: [stack.servers.natsUrl],
      name: 'mission-control',
      inboxPrefix: '_INBOX_mission-control',
      login: { nkeySeed: credentials.nats['mission-control'].seed },
    });
    return new OwnerAccess(bus, credentials.commandKey.privateKey);
  }

  async send(missionId: string, command: MissionCommandInput): Promise<void> {
    await this.#send({
      commandId: randomUUID(),
      missionId,
      actor: { kind: 'service', id: 'bench' },
      command,
    });
  }

  async sendAsPerson(missionId: string, command: MissionCommandInput): Promise<void> {
    const request: MissionCommandRequest = {
      commandId: randomUUID(),
      missionId,
      actor: { kind: 'person', id: 'bench' },
      command,
    };
    const signature = sign(null, Buffer.from(signedText(request)), this.#key).toString('base64');
    await this.#send({ ...request, signature });
  }

  async #send(request: MissionCommandRequest): Promise<void> {
    await this.#commander.send(request, { limitMs: LIMIT_MS });
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}
