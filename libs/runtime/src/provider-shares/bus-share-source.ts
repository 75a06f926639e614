import type { Requester } from '@missions/bus';
import { shareReplySchema, shareSubjects, type GiveBackRequest, type ShareRequest } from '@missions/leasing';
import type { LentShare, ShareAsk, ShareSource } from '@missions/models';

/** Well under the time in which a share is renewed. */
const timeoutMs = 2000;

/** Shares of this replica from the resource-lock service. */
export class BusShareSource implements ShareSource {
  constructor(
    private readonly requester: Requester,
    /** Unique among all replicas. */
    private readonly replica: string,
  ) {}

  async lend({ account, demand, configured, observed }: ShareAsk): Promise<LentShare> {
    const { replica } = this;
    const request: ShareRequest = { account, replica, demand, configured, observed };
    return shareReplySchema.parse(await this.requester.request(shareSubjects.lend, request, { timeoutMs }));
  }

  async giveBack(account: string): Promise<void> {
    const request: GiveBackRequest = { account, replica: this.replica };
    await this.requester.request(shareSubjects.giveBack, request, { timeoutMs });
  }
}
