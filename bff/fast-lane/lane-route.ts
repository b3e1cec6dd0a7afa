import type { IncomingMessage } from 'node:http';

const ticketsRoute = '/v1/schedules/:id/queue/tickets';
const ownTicketRoute = `${ticketsRoute}/me`;

/** The route, as the onion calls it, of a request that a fast lane has answered: not of any other. */
export function laneRoute({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): string {
  if (method === 'POST') {
    return ticketsRoute;
  }
  if (url.endsWith('/me')) {
    return ownTicketRoute;
  }
  if (url.startsWith('/v1/concerts')) {
    if (url.length === '/v1/concerts'.length) return '/v1/concerts';
    return url.endsWith('/schedules') ? '/v1/concerts/:id/schedules' : '/v1/concerts/:id';
  }
  return url.startsWith('/v1/schedules?') ? '/v1/schedules' : '/v1/schedules/:id';
}
