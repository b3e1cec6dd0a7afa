import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, ConnectError } from '@connectrpc/connect';
import { reasons, type Reason } from '@boxoffice/proto/reasons';
import { refuse } from '@boxoffice/runtime/error';
import { problemFrom, statuses } from '../http/problem.ts';
import { WebError } from '../http/web-error.ts';

test('every reason of the contract has a status', () => {
  for (const reason of Object.keys(reasons) as Reason[]) {
    expect(statuses[reason]).toBeGreaterThanOrEqual(400);
  }
});

test('a refusal is told with its reason, its facts and its status', () => {
  const { status, headers, body } = problemFrom(refuse('SEAT_TAKEN', 'seat 5 is taken', { metadata: { seatId: '5' } }));
  expect(status).toBe(409);
  expect(headers).toEqual({});
  expect(body).toEqual({
    type: 'urn:boxoffice:problem:seat-taken',
    title: 'Seat taken',
    status: 409,
    detail: 'seat 5 is taken',
    reason: 'SEAT_TAKEN',
    metadata: { seatId: '5' },
  });
});

test('fields are told by the names that REST has for them', () => {
  const violations = [
    { field: 'request_id', description: 'must be a UUID' },
    { field: 'layout[2].seats_per_row', description: 'must be at least 1' },
    { field: 'policy.admit_interval', description: 'admit_interval must be set where admit_count is' },
    { field: 'seat_ids[0]', description: 'must be greater than 0' },
  ];
  const { body } = problemFrom(refuse('REQUEST_INVALID', 'wrong', { violations }), { policy: 'queue' });
  expect(body.violations).toEqual([
    { field: 'Idempotency-Key', description: 'must be a UUID' },
    { field: 'layout[2].seatsPerRow', description: 'must be at least 1' },
    { field: 'queue.admitIntervalSeconds', description: 'admitIntervalSeconds must be set where admitCount is' },
    { field: 'seatIds[0]', description: 'must be greater than 0' },
  ]);
  expect(body.detail).toBe('the request is invalid: Idempotency-Key: must be a UUID');
});

describe('what is no refusal', () => {
  test('tells nothing of a fault of ours', () => {
    const { status, body } = problemFrom(new Error('password=hunter2'));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  test.each([
    [Code.Unavailable, 503],
    [Code.DeadlineExceeded, 503],
    [Code.ResourceExhausted, 503],
    [Code.Aborted, 503],
    [Code.Unknown, 500],
    [Code.Internal, 500],
    [Code.Unimplemented, 500],
  ])('with code %i becomes %i, without the words of the transport', (code, expected) => {
    const { status, headers, body } = problemFrom(new ConnectError('no connection to 10.0.0.1:50051', code));
    expect(status).toBe(expected);
    expect(JSON.stringify(body)).not.toContain('10.0.0.1');
    expect(headers['Retry-After']).toBe(expected === 503 ? '1' : undefined);
  });
});

test('how long to wait is told in whole seconds, at least one', () => {
  const retryAfter = (retryAfterMs: number) =>
    problemFrom(refuse('BUSY', 'busy', { retryAfterMs })).headers['Retry-After'];
  expect([retryAfter(0), retryAfter(100), retryAfter(1_001)]).toEqual(['1', '1', '2']);
});

test('a 401 says what would have been needed', () => {
  expect(problemFrom(refuse('TOKEN_INVALID', 'no')).headers['WWW-Authenticate']).toMatch(/^Queue-Token/);
  expect(problemFrom(new WebError('ACCESS_TOKEN_MISSING', 'no')).headers['WWW-Authenticate']).toMatch(/^Bearer/);
});
