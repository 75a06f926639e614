import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import type { Ground } from '../ground/ground.ts';
import { contend, type Contention } from '../leases/contention.ts';
import type { LeaseSystem } from '../leases/lease-system.ts';
import { openPeer, startEtcd, startRedis, type PeerAccess, type PeerServer } from '../leases/peer-leases.ts';
import { compared } from '../measure/interleaved.ts';
import { quantile } from '../measure/spread.ts';
import { etcdProgram, fetchProgram, redisProgram } from '../peers/debian-server.ts';
import { ratioRow, type Row, type Target } from '../row.ts';
import { pauseRow } from './lease-pauses.ts';
import { aloneRow, HOLD_MS, oursOn, withClients } from './lease.ts';

/** The same leases by etcd, in the two ways its clients lock, and by Redlock on a Redis that syncs every write. */
export const leasePeers: Benchmark = {
  name: 'lease-peers',
  run: async (ground, effort) => {
    const servers = await startServers(ground);
    try {
      const ours = oursOn(ground);
      const [etcd, queued, redlock] = await rivalsOn(servers);
      const alone = [
        await aloneRow(ours, etcd, effort, { bound: 'at most', value: 1 }),
        await aloneRow(ours, redlock, effort),
      ];
      const crowd = await crowdRows([ours, etcd, queued, redlock], effort);
      return [...alone, ...crowd, ...(await pauseRows(ground, servers, effort))];
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
};

async function startServers({ tools, directory, signal, say }: Ground): Promise<readonly PeerServer[]> {
  for (const program of [etcdProgram, redisProgram]) await fetchProgram(program, { tools, signal, say });
  const place = { tools, directory: join(directory, 'leases') };
  mkdirSync(place.directory, { recursive: true });
  const etcd = await startEtcd(place);
  try {
    return [etcd, await startRedis(place)];
  } catch (error) {
    await etcd.stop();
    throw error;
  }
}

async function rivalsOn([etcd, redis]: readonly PeerServer[]): Promise<
  readonly [LeaseSystem, LeaseSystem, LeaseSystem]
> {
  if (!etcd || !redis) throw new Error('A peer was not started.');
  const inLine = { ...etcd.access, options: { ...etcd.access.options, queued: true } };
  return [
    await rival(
      'etcd',
      'etcd 3.4, a key created under a session lease and deleted; waiters watch and try again',
      etcd.access,
    ),
    await rival('etcd-queue', 'etcd 3.4, a key each in line, waiters watch the one before', inLine),
    await rival(
      'redlock',
      'Redlock on one Redis 7 that syncs every write, with a counter; waiters try again after 200 ± 100 ms',
      redis.access,
    ),
  ];
}

/** As their clients lock: whoever was granted the key goes on until it gives it back. */
async function pauseRows(
  ground: Ground,
  [etcd, redis]: readonly PeerServer[],
  effort: Effort,
): Promise<readonly Row[]> {
  if (!etcd || !redis) throw new Error('A peer was not started.');
  return [
    await pauseRow(ground, { name: 'etcd', access: etcd.access, fenced: false }, effort),
    await pauseRow(ground, { name: 'redlock', access: redis.access, fenced: false }, effort),
  ];
}

async function rival(name: string, what: string, access: PeerAccess): Promise<LeaseSystem> {
  const { client } = await openPeer(access);
  return { name, what, client, close: () => Promise.resolve() };
}

/** One key for sixteen clients, system after system in each round. */
async function crowdRows(systems: readonly LeaseSystem[], effort: Effort): Promise<readonly Row[]> {
  const rounds: (readonly Contention[])[] = [];
  for (let round = 0; round < effort.contentions; round += 1) {
    const seen = new Map<LeaseSystem, Contention>();
    for (const system of round % 2 === 0 ? systems : systems.toReversed())
      seen.set(system, await contention(system, effort));
    rounds.push(systems.flatMap((system) => seen.get(system) ?? []));
  }
  return systems.slice(1).flatMap((system, index) => rowsBeside(system, index + 1, rounds));
}

function contention(system: LeaseSystem, { contentionMs }: Effort): Promise<Contention> {
  const crowd = { keyOf: () => `repo:/crowd-${system.name}`, holdMs: HOLD_MS, roundMs: contentionMs };
  return withClients(system, (clients) => contend({ ...crowd, clients }));
}

function rowsBeside(
  { name, what }: LeaseSystem,
  place: number,
  rounds: readonly (readonly Contention[])[],
): readonly Row[] {
  const beside = (
    figure: string,
    of: (seen: Contention) => number,
    more: { readonly what: string; readonly target: Target },
  ): Row =>
    ratioRow({
      name: `lease-${figure}-${name}`,
      what: `${more.what}: 16 clients, one key, each holds it for 2 ms`,
      unit: 'ms',
      ours: 'resource-lock, first come, first served',
      floor: what,
      compared: compared(
        rounds.flatMap((round) => {
          const [ours, floor] = [round[0], round[place]];
          return ours && floor ? [{ ours: of(ours), floor: of(floor) }] : [];
        }),
      ),
      ...(name === 'etcd' && { target: more.target }),
      notes: [
        `fewest grants of a client by the most: ours ${fairness(rounds, 0)}, theirs ${fairness(rounds, place)}`,
      ],
    });
  return [
    beside('wait', ({ longestWaitMs }) => longestWaitMs, {
      what: 'the longest wait',
      target: { bound: 'at most', value: 0.25 },
    }),
    beside('handover', ({ handOverMs }) => quantile(handOverMs, 0.99), {
      what: 'from the asking to release to the next holder’s answer, p99',
      target: { bound: 'at most', value: 1 },
    }),
  ];
}

function fairness(rounds: readonly (readonly Contention[])[], place: number): string {
  const values = rounds.flatMap((round) => round[place]?.fairness ?? []);
  return values.map((value) => value.toFixed(2)).join(', ');
}
