import { QueueState } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';
import type { Context } from './context.ts';
import { isMemberId } from '../caller/member-id.ts';

const int64Max = 2n ** 63n - 1n;
const pageSizeMax = 100;
const pageTokenLengthMax = 512;

/**
 * The id in the path.
 *
 * @throws ServiceError REQUEST_INVALID when it is no positive int64: nothing can be called that.
 */
export function idOf({ params }: Context): bigint {
  const text = params['id'] ?? '';
  const id = /^[1-9][0-9]{0,18}$/.test(text) ? BigInt(text) : 0n;
  if (id === 0n || id > int64Max) {
    throw invalid('id', 'has to be a positive whole number');
  }
  return id;
}

/**
 * The member in the path.
 *
 * @throws ServiceError REQUEST_INVALID when nobody can be called that.
 */
export function memberInPath({ params }: Context): string {
  return checkedMemberId('id', params['id'] ?? '');
}

/** The member in `?memberId=`; undefined when there is none. */
export function memberInQuery(ctx: Context): string | undefined {
  const memberId = queryText(ctx, 'memberId');
  return memberId === undefined ? undefined : checkedMemberId('memberId', memberId);
}

/**
 * The day in `?date=`. What kind of text it has to be is left to the rules in the .proto.
 *
 * @throws ServiceError REQUEST_INVALID when there is none.
 */
export function dateInQuery(ctx: Context): string {
  const date = queryText(ctx, 'date');
  if (date === undefined) {
    throw invalid('date', 'has to be given, as in 2030-12-24');
  }
  return date;
}

/**
 * Whether `?status=PENDING` asks for what is pending only.
 *
 * @throws ServiceError REQUEST_INVALID for every other status.
 */
export function pendingOnlyInQuery(ctx: Context): boolean {
  const status = queryText(ctx, 'status');
  if (status !== undefined && status !== 'PENDING') {
    throw invalid('status', 'can only be PENDING');
  }
  return status === 'PENDING';
}

const queueStates = {
  SCHEDULED: QueueState.SCHEDULED,
  OPEN: QueueState.OPEN,
  PAUSED: QueueState.PAUSED,
  CLOSED: QueueState.CLOSED,
} as const;

/**
 * The state in `?state=`; undefined when there is none.
 *
 * @throws ServiceError REQUEST_INVALID when a queue cannot be in it.
 */
export function queueStateInQuery(ctx: Context): QueueState | undefined {
  const state = queryText(ctx, 'state');
  if (state !== undefined && !Object.hasOwn(queueStates, state)) {
    throw invalid('state', `has to be one of ${Object.keys(queueStates).join(', ')}`);
  }
  return state === undefined ? undefined : queueStates[state as keyof typeof queueStates];
}

/** The page asked for by `?pageSize&pageToken`, as list requests have it. */
export function pageOf(ctx: Context): { pageSize: number; pageToken: string } {
  const size = queryText(ctx, 'pageSize');
  if (size !== undefined && !(/^[1-9][0-9]{0,2}$/.test(size) && Number(size) <= pageSizeMax)) {
    throw invalid('pageSize', `has to be a whole number from 1 to ${pageSizeMax}`);
  }
  const pageToken = queryText(ctx, 'pageToken') ?? '';
  if (pageToken.length > pageTokenLengthMax || !/^[\x21-\x7e]*$/.test(pageToken)) {
    throw refuse('PAGE_TOKEN_INVALID', 'the page token is not one of ours');
  }
  return { pageSize: Number(size ?? 0), pageToken };
}

/** A parameter of the query; undefined when it is absent or empty. */
export function queryText({ query }: Context, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) {
    throw invalid(name, 'may be given once');
  }
  return value === '' ? undefined : value;
}

function checkedMemberId(field: string, memberId: string): string {
  if (!isMemberId(memberId)) {
    throw invalid(field, 'has to have 1 to 64 characters, and no control characters');
  }
  return memberId;
}

function invalid(field: string, description: string): Error {
  return refuse('REQUEST_INVALID', `the request is invalid: ${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
