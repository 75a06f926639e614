import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import type { MissionCommand } from '@missions/mission';
import { approved, awaitingApproval, command, created, History } from '@missions/mission/testing';
import { testDatabase, type TestDatabase } from '@missions/testing';
import { sql } from 'kysely';
import { PostgresRunDesk } from './postgres-run-desk.ts';
import { runOutlook } from './run-outlooks.ts';
import { expiredRuns, followMission, graceForAll, liveRuns } from './run-rows.ts';

const leaseTtlMs = 60_000;
const everything = {
  roles: ['orchestrator', 'worker'],
  tasks: ['scope', 'build', 'converse'],
  labels: [],
} as const;

let database: TestDatabase;
let owner: Postgres<unknown>;
let holder: Postgres<unknown>;

beforeAll(async () => {
  database = await testDatabase();
  const open = (role: string) =>
    openPostgres({ connectionString: database.urlFor(role), poolSize: 2, applicationName: 'spec' });
  owner = open('missions_decide');
  holder = open('missions_worker');
});

afterAll(async () => {
  await owner.close();
  await holder.close();
  await database.drop();
});

beforeEach(async () => {
  await sql`delete from open_delegation`.execute(owner.db);
  await sql`delete from run_lease`.execute(owner.db);
});

/** A history whose every step is followed by the rows, as `decide` follows it. */
class Followed {
  private constructor(readonly history: History) {}

  static async from(history: History): Promise<Followed> {
    return new Followed(History.empty).to(history);
  }

  async to(history: History): Promise<Followed> {
    await followMission(owner.db, {
      before: this.history.mission,
      after: history.mission,
      leaseTtlMs,
    });
    return new Followed(history);
  }

  after(asked: MissionCommand): Promise<Followed> {
    return this.to(this.history.after(asked));
  }

  async rows(): Promise<{ readonly open: readonly string[]; readonly leases: readonly string[] }> {
    const desk = new PostgresRunDesk(holder.db);
    const open = await desk.openDelegations(everything, 10);
    const leases = await sql<{ run_id: string; token: string; wanted: string; pending_messages: number }>`
      select run_id, token, wanted, pending_messages from run_lease order by run_id`.execute(owner.db);
    return {
      open: open.map(({ runId }) => runId),
      leases: leases.rows.map(
        (row) => `${row.run_id} ${row.token} ${row.wanted} ${String(row.pending_messages)}`,
      ),
    };
  }

  get runId(): string {
    return this.history.run.id;
  }

  lease(wanted: string, pending: number): string {
    return `${this.runId} ${String(this.history.run.token)} ${wanted} ${String(pending)}`;
  }
}

describe('the rows beside a mission', () => {
  it('open a delegation with the run that is delegated, and turn it into a lease with its claim', async () => {
    const delegated = await Followed.from(created());
    expect(await delegated.rows()).toEqual({ open: [delegated.runId], leases: [] });
    const claimed = await delegated.to(delegated.history.claimed());
    expect(await claimed.rows()).toEqual({ open: [], leases: [claimed.lease('go', 0)] });
  });

  it('go from the end of one run to the next in one step', async () => {
    const claimed = await Followed.from(created().claimed());
    const next = await claimed.to(claimed.history.done());
    expect(next.runId).not.toBe(claimed.runId);
    const rows = await next.rows();
    expect(rows.leases).toEqual([]);
  });

  it('open the same run again when it is released, and give its next lease a higher token', async () => {
    const claimed = await Followed.from(created().claimed());
    const released = await claimed.to(claimed.history.released());
    expect(await released.rows()).toEqual({ open: [claimed.runId], leases: [] });
    const again = await released.to(released.history.claimed());
    expect(again.history.run.token).toBeGreaterThan(claimed.history.run.token);
    expect(await again.rows()).toEqual({ open: [], leases: [again.lease('go', 0)] });
  });

  it('take a claim over a lease that was never given back', async () => {
    const claimed = await Followed.from(created().claimed());
    const again = await claimed.to(claimed.history.released().claimed());
    expect(await again.rows()).toEqual({ open: [], leases: [again.lease('go', 0)] });
  });

  it('tell a holder of a pause and of its end', async () => {
    const claimed = await Followed.from(created().claimed());
    const paused = await claimed.after(command('PauseMission', {}));
    expect(await paused.rows()).toEqual({ open: [], leases: [paused.lease('pause', 0)] });
    const resumed = await paused.after(command('ResumeMission', {}));
    expect(await resumed.rows()).toEqual({ open: [], leases: [resumed.lease('go', 0)] });
  });

  it('close a delegation for the time of a pause', async () => {
    const delegated = await Followed.from(created());
    const paused = await delegated.after(command('PauseMission', {}));
    expect(await paused.rows()).toEqual({ open: [], leases: [] });
    const resumed = await paused.after(command('ResumeMission', {}));
    expect(await resumed.rows()).toEqual({ open: [delegated.runId], leases: [] });
  });

  it('keep a suspended run closed until the mission is resumed', async () => {
    const claimed = await Followed.from(created().claimed());
    const paused = await claimed.after(command('PauseMission', {}));
    const { id: runId, token } = paused.history.run;
    const suspended = await paused.after(command('SuspendRun', { runId, token }));
    expect(await suspended.rows()).toEqual({ open: [], leases: [] });
    const resumed = await suspended.after(command('ResumeMission', {}));
    expect(await resumed.rows()).toEqual({ open: [runId], leases: [] });
  });

  it('tell a holder of a cancel, and are gone with its end', async () => {
    const claimed = await Followed.from(created().claimed());
    const cancelled = await claimed.after(command('CancelMission', { reason: 'Enough.' }));
    expect(await cancelled.rows()).toEqual({ open: [], leases: [cancelled.lease('stop_cancel', 0)] });
    const { id: runId, token } = cancelled.history.run;
    const usage = { turns: 0, input: 0, output: 0, cacheRead: 0, cacheWrite: 0, costUsd: 0, unpriced: false };
    const conclusion = { kind: 'ended', state: 'cancelled' } as const;
    const ended = await cancelled.after({ type: 'ConcludeRun', data: { runId, token, conclusion, usage } });
    expect(await ended.rows()).toEqual({ open: [], leases: [] });
  });

  it('close a delegation that is cancelled before anyone claimed it', async () => {
    const delegated = await Followed.from(created());
    const cancelled = await delegated.after(command('CancelMission', { reason: 'Enough.' }));
    expect(await cancelled.rows()).toEqual({ open: [], leases: [] });
  });

  it('count the messages a holder has not taken yet, and tell of one that interrupts', async () => {
    const claimed = await Followed.from(approved().claimed());
    const messaged = await claimed.to(claimed.history.messaged('msg-1'));
    expect((await messaged.rows()).leases).toEqual([messaged.lease('go', 1)]);
    const heard = await messaged.to(messaged.history.delivered('msg-1'));
    expect((await heard.rows()).leases).toEqual([heard.lease('go', 0)]);
    const interrupted = await heard.to(heard.history.messaged('msg-2', true));
    expect((await interrupted.rows()).leases).toEqual([interrupted.lease('stop_interrupt', 1)]);
  });

  it('close what a block keeps from being worked on', async () => {
    const delegated = await Followed.from(approved());
    const block = { cause: 'environment', detail: 'No sandbox.', needs: 'Mend it.' } as const;
    const blocked = await delegated.after(command('BlockMission', block));
    expect(await blocked.rows()).toEqual({ open: [], leases: [] });
    const resumed = await blocked.after(command('ResumeMission', {}));
    expect(await resumed.rows()).toEqual({ open: [delegated.runId], leases: [] });
  });

  it('have nothing open while a plan waits for its approval', async () => {
    const waiting = await Followed.from(awaitingApproval());
    expect(await waiting.rows()).toEqual({ open: [], leases: [] });
  });

  it('stay as they are when a change concerns neither', async () => {
    const claimed = await Followed.from(approved().claimed());
    const { id: runId, token } = claimed.history.run;
    const before = await claimed.rows();
    const broadcast = { kind: 'constraint' as const, title: 'Careful', body: 'No new dependency.' };
    const told = await claimed.after(command('PublishBroadcast', { runId, token, broadcast }));
    expect(await told.rows()).toEqual(before);
  });
});

describe('leases', () => {
  it('are shown live, with what their holders said last', async () => {
    const claimed = await Followed.from(created().claimed());
    const { id: runId, token } = claimed.history.run;
    const desk = new PostgresRunDesk(holder.db);
    await desk.renew({
      runId,
      token,
      ttlMs: leaseTtlMs,
      progress: { turn: 2, lastLine: 'read a', costUsd: 0.1 },
    });
    await desk.renew({ runId, token, ttlMs: leaseTtlMs, progress: { contextPct: 40 } });
    expect(await liveRuns(owner.db)).toEqual([
      expect.objectContaining({ runId, turn: 2, lastLine: 'read a', costUsd: 0.1, contextPct: 40 }),
    ]);
    expect(await liveRuns(owner.db, 'm-other')).toEqual([]);
  });

  it('say what a run touched and when it can stop, as its holder said last', async () => {
    const claimed = await Followed.from(created().claimed());
    const { id: runId, token } = claimed.history.run;
    const desk = new PostgresRunDesk(holder.db);
    const renewal = { runId, token, ttlMs: leaseTtlMs, progress: {} };
    expect(await runOutlook(owner.db, runId)).toEqual({ touched: [] });
    await desk.renew({ ...renewal, outlook: { touched: ['src/a.ts'], nextCheckpointInMs: 60_000 } });
    await desk.renew(renewal);
    const outlook = await runOutlook(owner.db, runId);
    expect(outlook?.touched).toEqual(['src/a.ts']);
    expect(outlook?.nextCheckpointInMs).toBeGreaterThan(50_000);
    await desk.renew({ ...renewal, outlook: { nextCheckpointInMs: 0 } });
    expect(await runOutlook(owner.db, runId)).toEqual({ touched: ['src/a.ts'], nextCheckpointInMs: 0 });
    expect(await runOutlook(owner.db, 'm-other-r1')).toBeUndefined();
  });

  it('that have run out are swept, unless everyone is given grace', async () => {
    const claimed = await Followed.from(created().claimed());
    const { id: runId, token } = claimed.history.run;
    await sql`update run_lease set expires_at = clock_timestamp() - interval '1 second'`.execute(owner.db);
    expect(await expiredRuns(owner.db, 10)).toEqual([
      { runId, missionId: claimed.history.mission.id, token },
    ]);
    await graceForAll(owner.db, leaseTtlMs);
    expect(await expiredRuns(owner.db, 10)).toEqual([]);
  });

  it('can be extended by a holder, and not handed to anyone', async () => {
    await Followed.from(created().claimed());
    await expect(sql`update run_lease set holder = 'mallory'`.execute(holder.db)).rejects.toThrow(
      'permission denied',
    );
    await expect(sql`delete from run_lease`.execute(holder.db)).rejects.toThrow('permission denied');
  });

  it('of a run that asks for labels are offered only where they are had', async () => {
    const delegated = await Followed.from(created());
    await sql`update open_delegation set labels = '{gpu}'`.execute(owner.db);
    const desk = new PostgresRunDesk(holder.db);
    expect(await desk.openDelegations(everything, 10)).toEqual([]);
    const labelled = await desk.openDelegations({ ...everything, labels: ['gpu', 'linux'] }, 10);
    expect(labelled.map(({ runId }) => runId)).toEqual([delegated.runId]);
  });
});
