import { cpus, loadavg, totalmem } from 'node:os';
import { connect } from '@nats-io/transport-node';
import { asAdmin } from '../ground/log-database.ts';
import type { Ground } from '../ground/ground.ts';

/** Where the numbers come from; without it they say nothing to anybody else. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly postgres: string;
  readonly fsync: string;
  readonly nats: string;
  /** The load average of the last minute when the run began: what else the machine was doing. */
  readonly load: number;
}

export async function machineOf(ground: Ground): Promise<Machine> {
  const [settings] = await asAdmin<{ version: string; fsync: string }>(
    ground.product.adminUrl,
    `select current_setting('server_version') as version, current_setting('fsync') as fsync`,
  );
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    postgres: settings?.version ?? 'unknown',
    fsync: settings?.fsync ?? 'unknown',
    nats: await natsVersion(ground.floorNatsUrl),
    load: loadavg()[0] ?? 0,
  };
}

async function natsVersion(servers: string): Promise<string> {
  const connection = await connect({ servers });
  try {
    return connection.info?.version ?? 'unknown';
  } finally {
    await connection.close();
  }
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGb, node, postgres, fsync, nats, load } = machine;
  return [
    `${cores} × ${cpu}, ${memoryGb} GB`,
    `Node ${node}`,
    `Postgres ${postgres} (fsync ${fsync})`,
    `nats-server ${nats}`,
    `load ${load.toFixed(1)} at the start`,
  ].join(' · ');
}
