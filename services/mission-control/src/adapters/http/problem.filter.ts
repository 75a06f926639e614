import type { Logger } from '@missions/runtime';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemForError } from './problem-for-error.ts';

/** The one place where an error becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemForError(error);
    if (problem.status === 500)
      this.logger.error({ err: error, method: request.method, url: request.url }, 'A request failed');
    if (reply.sent) return;
    void reply
      .status(problem.status)
      .headers(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {})
      .type('application/problem+json')
      .send(problem);
  }
}
