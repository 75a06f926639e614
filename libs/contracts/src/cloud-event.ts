import type { EventEnvelope } from '@missions/kernel';
import { isMissionEventType } from '@missions/mission';
import { z } from 'zod';
import { missionIdOfStream, publicEventNames } from './public-event-names.ts';

/** CloudEvents 1.0, structured JSON. `sequence` is the version of the mission's stream (SEQ), without gaps per mission. */
export const cloudEventSchema = z
  .strictObject({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    time: z.iso.datetime(),
    datacontenttype: z.literal('application/json'),
    subject: z.string(),
    sequence: z.int().positive(),
    correlationid: z.string(),
    causationid: z.string(),
    traceparent: z.string().optional(),
    actorkind: z.string(),
    actorid: z.string(),
    /** Where to go on in the feed over all missions; only there. */
    cursor: z.string().optional(),
    data: z.unknown(),
  })
  .meta({ id: 'CloudEvent' });

export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** The event as other systems see it; undefined when it is none of a mission's public facts. */
export function toCloudEvent(event: EventEnvelope): CloudEvent | undefined {
  const missionId = missionIdOfStream(event.stream);
  if (missionId === undefined || !isMissionEventType(event.type)) return undefined;
  return {
    specversion: '1.0',
    id: `${event.stream}/${String(event.version)}`,
    source: `/missions/${missionId}`,
    type: `dev.missions.${publicEventNames[event.type]}.v1`,
    time: event.occurredAt,
    datacontenttype: 'application/json',
    subject: missionId,
    sequence: event.version,
    correlationid: event.correlationId,
    causationid: event.causationId,
    ...(event.traceparent !== undefined && { traceparent: event.traceparent }),
    actorkind: event.actor.kind,
    actorid: event.actor.id,
    data: event.data,
  };
}

/** `mission.created` of `dev.missions.mission.created.v1`. */
export function publicNameOf(event: CloudEvent): string {
  return event.type.replace(/^dev\.missions\./, '').replace(/\.v1$/, '');
}
