import { decodePageToken, encodePageToken } from '../database/page-token.ts';
import { reasonOf, refuse, type ServiceError } from '../error.ts';

/** What tells a log from all others. */
export interface LogName {
  /** Which service's: `boxoffice/` and its schema. */
  readonly source: string;
  readonly epoch: string;
}

/** Makes the cursor that goes on after a position. */
export function cursorAt(log: LogName, position: bigint): string {
  return encodePageToken({ position }, scopeOf(log));
}

/**
 * Reads a cursor; undefined for the empty one.
 *
 * @throws ServiceError CURSOR_INVALID when it is none, or one of another log.
 */
export function positionOf(log: LogName, cursor: string): bigint | undefined {
  try {
    return decodePageToken(cursor, { position: 'bigint' }, scopeOf(log))?.position;
  } catch (error) {
    throw reasonOf(error) === 'PAGE_TOKEN_INVALID' ? cursorInvalid('it is not one of this log') : error;
  }
}

/** The refusal of a cursor that was never given for this log. */
export function cursorInvalid(why: string): ServiceError {
  const violations = [{ field: 'after_cursor', description: why }];
  return refuse('CURSOR_INVALID', `the cursor is not valid: ${why}`, { violations });
}

function scopeOf({ source, epoch }: LogName): string {
  return `events of ${source} ${epoch}`;
}
