import type { Benchmark } from './benchmark.ts';
import { agentTurn } from './rows/agent-turn.ts';
import { appendMany } from './rows/append-many.ts';
import { appendOne } from './rows/append-one.ts';
import { commitToSubscriber } from './rows/commit-to-subscriber.ts';
import { hop } from './rows/hop.ts';
import { idleMissions } from './rows/idle-missions.ts';
import { lease } from './rows/lease.ts';
import { leasePeers } from './rows/lease-peers.ts';
import { peerSteps } from './rows/peer-steps.ts';
import { readStream } from './rows/read-stream.ts';

/** In the order they are run; those that need the mission's owner come first, because the others stop it. */
export const benchmarks: readonly Benchmark[] = [
  hop,
  commitToSubscriber,
  appendOne,
  appendMany,
  readStream,
  idleMissions,
  agentTurn,
  lease,
];

/** Those that need what `npm run bench -- --peers` installs. */
export const againstPeers: readonly Benchmark[] = [peerSteps, leasePeers];
