import { Readable } from 'node:stream';
import { eventsQuerySchema } from '@missions/contracts';
import { STOP_SIGNAL } from '@missions/runtime';
import { Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { FollowEvents } from '../../application/follow-events.ts';
import { ReadMissions } from '../../application/read-missions.ts';
import { ApiController } from './api.controller.ts';
import { closedSignal } from './closed-signal.ts';
import { ndjson, serverSentEvents } from './event-stream.ts';

/** Public events of one mission or of all, from any place, as they happen. */
@ApiController()
export class EventsController {
  constructor(
    @Inject(FollowEvents) private readonly events: FollowEvents,
    @Inject(ReadMissions) private readonly missions: ReadMissions,
    @Inject(STOP_SIGNAL) private readonly stopping: AbortSignal,
  ) {}

  @Get('v1/events')
  async stream(
    @Query({ schema: eventsQuerySchema }) query: z.infer<typeof eventsQuerySchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { mission: missionId, type } = query;
    if (missionId !== undefined) await this.missions.mission(missionId);
    const isSse = request.headers.accept?.includes('text/event-stream') === true;
    const signal = AbortSignal.any([closedSignal(request), this.stopping]);
    const pages = this.events.pages({
      missionId,
      after: lastEventId(request) ?? query.after,
      follow: isSse || query.follow,
      signal,
    });
    // The first page is read before anything is sent, so that a bad place is a problem and not a broken stream.
    const first = await pages.next();
    const format = { type, allMissions: missionId === undefined, signal };
    const chunks = isSse ? serverSentEvents(first, pages, format) : ndjson(first, pages, format);
    await reply
      .headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' })
      .type(isSse ? 'text/event-stream; charset=utf-8' : 'application/x-ndjson; charset=utf-8')
      .send(Readable.from(chunks));
  }
}

function lastEventId({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}
