import type { EventEnvelope } from '@missions/kernel';
import { pointerTo } from '../pointer.ts';
import { internalSubject, type StreamDefinition, type Topology } from '../topology.ts';

/** What an event becomes on a bus stream. */
export interface RouteMessage {
  readonly subject: string;
  readonly body: string;
  readonly contentType?: string;
}

/** One way from the log to the bus. */
export interface Route {
  readonly stream: StreamDefinition;
  /** Pure; `undefined` for an event that does not go this way. */
  readonly map: (event: EventEnvelope) => RouteMessage | undefined;
  /** A message says how far its stream has come: where several are told together, the newest of each stream is enough. */
  readonly newestSuffices?: boolean;
}

/** How far each stream has come, as pointers to its events, for the services. */
export function internalRoute(topology: Topology): Route {
  return {
    stream: topology.internal,
    newestSuffices: true,
    map: (event) => ({
      subject: internalSubject(event),
      body: JSON.stringify(pointerTo(event)),
    }),
  };
}

/** The events that other systems are told of; subject and CloudEvent come from `map`. */
export function publicRoute(topology: Topology, map: Route['map']): Route {
  return {
    stream: topology.public,
    map: (event) => {
      const message = map(event);
      return message && { contentType: 'application/cloudevents+json', ...message };
    },
  };
}
