import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { requestIdPattern } from '@boxoffice/runtime/telemetry/scope';

/** The id of a request: the caller's own where it is one. */
export function requestIdOf({ headers: { 'x-request-id': sent } }: Pick<IncomingMessage, 'headers'>): string {
  return typeof sent === 'string' && requestIdPattern.test(sent) ? sent : randomUUID();
}
