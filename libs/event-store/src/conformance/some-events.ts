import { randomUUID } from 'node:crypto';
import type { NewEvent } from '@missions/kernel';

/** A stream name that nothing else uses. */
export function newStream(kind: 'mission' | 'run' | 'resources' = 'mission'): string {
  return `${kind}-${randomUUID()}`;
}

/** An event with ids of its own; give what the case is about. */
export function anEvent(given: Partial<NewEvent> = {}): NewEvent {
  const command = randomUUID();
  return {
    id: `${command}/0`,
    type: 'FeatureAccepted',
    schema: 1,
    data: { featureId: 'F-001' },
    occurredAt: '2026-01-02T03:04:05.678Z',
    actor: { kind: 'service', id: 'orchestrator' },
    correlationId: command,
    causationId: command,
    ...given,
  };
}

export function someEvents(count: number, given: Partial<NewEvent> = {}): readonly NewEvent[] {
  return Array.from({ length: count }, () => anEvent(given));
}
