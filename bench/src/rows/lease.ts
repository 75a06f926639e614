import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import type { Ground } from '../ground/ground.ts';
import { contend, type Contention } from '../leases/contention.ts';
import type { LeaseClient, LeaseSystem } from '../leases/lease-system.ts';
import { rowLeases } from '../leases/row-leases.ts';
import type { RowService } from '../leases/row-service/protocol.ts';
import { rowServiceLeases } from '../leases/row-service-leases.ts';
import { serviceLeases, type ServiceAccess } from '../leases/service-leases.ts';
import { interleaved, interleavedSamples } from '../measure/interleaved.ts';
import { durationMs } from '../measure/monotonic.ts';
import { pauseRow } from './lease-pauses.ts';
import { countRow, ratioRow, type Row, type Target } from '../row.ts';

export const TTL_MS = 20_000;
export const WAITERS = 16;
export const HOLD_MS = 2;

/** Durable, fenced leases through the service: alone beside a bare row, and with sixteen who want them. */
export const lease: Benchmark = {
  name: 'lease',
  run: async (ground, effort) => {
    const { adminUrl } = await ground.database('bench_lease');
    const ours = oursOn(ground);
    const alone = await aloneRow(ours, await rowLeases(adminUrl), effort, { bound: 'at most', value: 2 });
    const served = await servedRow(ours, { natsUrl: ground.floorNatsUrl, databaseUrl: adminUrl }, effort);
    const crowd = await withClients(ours, (clients) => crowdRows(clients, effort));
    const paused = { name: 'service', access: accessOn(ground), fenced: true };
    return [alone, served, ...crowd, await pauseRow(ground, paused, effort)];
  },
};

/** The same beside the least that any service over the bus could be. */
async function servedRow(
  ours: LeaseSystem,
  place: Pick<RowService, 'natsUrl' | 'databaseUrl'>,
  effort: Effort,
): Promise<Row> {
  const floor = await rowServiceLeases({ ...place, ttlMs: TTL_MS });
  try {
    return await aloneRow(ours, floor, effort);
  } finally {
    await floor.close();
  }
}

export function oursOn(ground: Ground): LeaseSystem {
  return serviceLeases(accessOn(ground));
}

function accessOn({ stack, credentials }: Ground): ServiceAccess {
  return { natsUrl: stack.servers.natsUrl, natsSeed: credentials.nats.worker.seed };
}

/** Acquire and release by one client whom nobody disturbs. */
export async function aloneRow(
  ours: LeaseSystem,
  floor: LeaseSystem,
  effort: Effort,
  target?: Target,
): Promise<Row> {
  const names = { ours: `alone-${floor.name}`, floor: 'alone' };
  const clients = {
    ours: await ours.client(names.ours, TTL_MS),
    floor: await floor.client(names.floor, TTL_MS),
  };
  const turn = (client: LeaseClient) => (): Promise<number> =>
    durationMs(async () =>
      client.release(`repo:/alone-${floor.name}`, await client.acquire(`repo:/alone-${floor.name}`)),
    );
  try {
    const compared = await interleavedSamples(effort, {
      ours: turn(clients.ours),
      floor: turn(clients.floor),
    });
    return ratioRow({
      name: `lease-${floor.name}`,
      what: 'a durable, fenced lease taken and given back, with nobody else about, p50',
      unit: 'ms',
      ours: ours.what,
      floor: floor.what,
      compared,
      ...(target && { target }),
    });
  } finally {
    await Promise.all([clients.ours.close(), clients.floor.close()]);
  }
}

/** Sixteen clients of a system for as long as `work` takes. */
export async function withClients<T>(
  system: LeaseSystem,
  work: (clients: readonly LeaseClient[]) => Promise<T>,
): Promise<T> {
  const names = Array.from({ length: WAITERS }, (_, index) => `crowd-${index + 1}`);
  const clients = await Promise.all(names.map((name) => system.client(name, TTL_MS)));
  try {
    return await work(clients);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function crowdRows(clients: readonly LeaseClient[], effort: Effort): Promise<readonly Row[]> {
  const crowd = { clients, holdMs: HOLD_MS, roundMs: effort.contentionMs };
  const onOne: Contention[] = [];
  const perSecond = async (keyOf: (client: number) => string, seen: Contention[]): Promise<number> => {
    const contention = await contend({ ...crowd, keyOf });
    seen.push(contention);
    return contention.grantsPerSecond;
  };
  const many = await interleaved(effort.contentions, {
    ours: () => perSecond((client) => `repo:/crowd-${client}`, []),
    floor: () => perSecond(() => 'repo:/crowd', onOne),
  });
  return [
    countRow({
      name: 'lease-fairness',
      what: 'fewest grants of a client by the most: 16 clients, one key, each holds it for 2 ms',
      unit: '',
      values: onOne.map(({ fairness }) => fairness),
      target: { bound: 'at least', value: 0.8 },
    }),
    ratioRow({
      name: 'lease-16-keys',
      what: 'grants to 16 clients that hold for 2 ms: a key each by all on one key',
      unit: '/s',
      ours: 'a key each, in ledgers of their own',
      floor: 'all on one key',
      compared: many,
      target: { bound: 'at least', value: 4 },
    }),
  ];
}
