import type { FastifyRequest } from 'fastify';

/** Aborts when the client is gone: nobody waits for the answer any more. */
export function closedSignal(request: FastifyRequest): AbortSignal {
  const controller = new AbortController();
  request.raw.socket.once('close', () => {
    controller.abort(new Error('The client closed the connection.'));
  });
  return controller.signal;
}
