import { randomUUID } from 'node:crypto';
import { fold } from '@missions/kernel';
import type { EventStore } from '@missions/event-store';
import { evolve, initialMission, missionStream, noUsage, openRun, type Conclusion } from '@missions/mission';
import { proposalOf } from './hop-plan.ts';
import type { OwnerAccess } from './owner-access.ts';

const HOLDER = 'bench';

/** A mission that is nothing but features to be built one after another; it stops before its validation. */
export class HopMission {
  readonly id = `m-hop${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  readonly #owner: OwnerAccess;
  readonly #store: EventStore;
  #open = 0;

  constructor(owner: OwnerAccess, store: EventStore) {
    this.#owner = owner;
    this.#store = store;
  }

  /** Scoped, planned and ready to begin: only the baseline's conclusion is missing. */
  async prepare(features: number): Promise<void> {
    await this.#owner.sendAsPerson(this.id, {
      type: 'CreateMission',
      data: {
        missionId: this.id,
        goal: 'Measure how long the next run waits',
        repository: { url: '/nowhere', kind: 'local', baseBranch: 'main', baseSha: 'a'.repeat(40) },
        acceptDefaults: true,
      },
    });
    await this.#claim();
    await this.#conclude({ kind: 'asked', questions: [] });
    await this.#claim();
    await this.#conclude(proposalOf(features));
    await this.#claim();
  }

  /** The n-th build run, counted from 0: scope, plan and baseline come before. */
  buildRun(n: number): string {
    return `${this.id}-r${n + 4}`;
  }

  /** The baseline ends, the plan is approved by its default, and the first build run is delegated. */
  async begin(): Promise<void> {
    await this.#conclude({
      kind: 'baselined',
      results: [
        { assertionId: 'VAL-HOP-001', result: 'fails_as_expected', observed: 'exit code 1', evidence: [] },
      ],
    });
  }

  /** Whoever holds a run of it lets go. */
  async cancel(): Promise<void> {
    await this.#owner.sendAsPerson(this.id, { type: 'CancelMission', data: {} });
  }

  async #claim(): Promise<void> {
    const { id } = await this.#run();
    await this.#owner.send(this.id, { type: 'ClaimRun', data: { runId: id, holder: HOLDER } });
    this.#open = (await this.#run()).token;
  }

  async #conclude(conclusion: Conclusion): Promise<void> {
    const { id } = await this.#run();
    await this.#owner.send(this.id, {
      type: 'ConcludeRun',
      data: { runId: id, token: this.#open, conclusion, usage: noUsage },
    });
  }

  async #run(): Promise<{ readonly id: string; readonly token: number }> {
    const events = await this.#store.read(missionStream(this.id));
    const run = openRun(fold(evolve, initialMission, events));
    if (!run) throw new Error(`Mission ${this.id} has no open run.`);
    return run;
  }
}
