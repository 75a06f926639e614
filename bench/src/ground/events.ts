import { eventsOf, type NewEvent } from '@missions/kernel';

export interface EventPlace {
  readonly stream: string;
  readonly version: number;
}

/** An event of the usual size, some 500 bytes with its provenance. */
export function eventAt({ stream, version }: EventPlace): NewEvent {
  return eventsAt({ stream, version }, 1)[0] as NewEvent;
}

/** So many events of one command, as if it had been decided at `version - 1`. */
export function eventsAt({ stream, version }: EventPlace, count: number): readonly NewEvent[] {
  const commandId = `${stream}/${String(version)}`;
  const facts = Array.from({ length: count }, (_, index) => ({
    type: 'RunClaimed',
    data: {
      runId: `${stream}-r${String(version + index)}`,
      holder: 'worker@some-host/12345',
      model: 'anthropic/some-model',
      sliceUsd: 5,
      promptHash: 'sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0',
      broadcastVersions: [3, 14, 15],
    },
  }));
  return eventsOf(commandId, facts, {
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: 'bench' },
    correlationId: commandId,
    causationId: commandId,
  });
}
