import type { NatsConnection } from '@nats-io/transport-node';
import { TopologyError, type TopologyDifference } from '../bus-error.ts';
import { OLDEST_SERVER } from '../topology.ts';

/** Refuses a server that is too old or has no JetStream: old ones drop what they don't know without a word. */
export function requireSuitableServer(connection: NatsConnection): void {
  const { version = '0.0.0', jetstream = false } = connection.info ?? {};
  const differences: TopologyDifference[] = [];
  if (isOlder(version, OLDEST_SERVER)) {
    differences.push({
      what: 'version of nats-server',
      wanted: `${OLDEST_SERVER} or newer`,
      found: version,
    });
  }
  if (!jetstream) {
    differences.push({ what: 'JetStream of nats-server', wanted: 'enabled', found: 'disabled' });
  }
  if (differences.length > 0) throw new TopologyError(differences);
}

/** Compares the numbers of two versions; anything behind a `-` is left out. */
export function isOlder(version: string, floor: string): boolean {
  const left = numbersOf(version);
  const right = numbersOf(floor);
  for (const [index, wanted] of right.entries()) {
    const found = left[index] ?? 0;
    if (found !== wanted) return found < wanted;
  }
  return false;
}

function numbersOf(version: string): readonly number[] {
  const [numbers = ''] = version.split('-');
  return numbers.split('.').map((part) => Number.parseInt(part, 10) || 0);
}
