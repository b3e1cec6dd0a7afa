import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, ConnectError } from '@connectrpc/connect';
import { Metadata, status } from '@grpc/grpc-js';
import { ErrorInfoSchema, LocalizedMessageSchema } from '@boxoffice/proto/rpc';
import { errorInfoOf, reasonOf, refuse, retryAfterMsOf, ServiceError, violationsOf } from '../error.ts';
import { databaseRefusal } from '../database/failure.ts';
import { failureFrom } from '../grpc/failure.ts';
import { errorFromStatus, statusFromError } from '../grpc/status.ts';

/** What the other side makes of an error. */
function sent(error: ConnectError): ConnectError {
  return errorFromStatus(statusFromError(error));
}

describe('a refusal', () => {
  const refusal = refuse('SEAT_TAKEN', 'seat 5 is taken', {
    metadata: { seatId: '5' },
    retryAfterMs: 1_500.4,
    violations: [{ field: 'seat_ids[0]', description: 'is taken' }],
  });

  test('has the code of its reason, and is an error of Connect', () => {
    expect(refusal).toBeInstanceOf(ConnectError);
    expect(refusal).toBeInstanceOf(ServiceError);
    expect(refusal.code).toBe(Code.FailedPrecondition);
    expect(refusal.stack).toContain('error.test.ts');
  });

  test.each([
    ['here', refusal],
    ['over the wire', sent(refusal)],
    ['over the wire twice', sent(sent(refusal))],
  ])('tells the same %s', (_where, error) => {
    expect(error.rawMessage).toBe('seat 5 is taken');
    expect(reasonOf(error)).toBe('SEAT_TAKEN');
    expect(errorInfoOf(error)).toMatchObject({ reason: 'SEAT_TAKEN', domain: 'boxoffice', metadata: { seatId: '5' } });
    expect(retryAfterMsOf(error)).toBe(1_501);
    expect(violationsOf(error)).toEqual([{ field: 'seat_ids[0]', description: 'is taken' }]);
  });
});

test('an error that is no refusal has no reason', () => {
  const foreign = new ConnectError('no', Code.NotFound, undefined, [
    { desc: ErrorInfoSchema, value: { reason: 'SEAT_TAKEN', domain: 'elsewhere' } },
  ]);
  const unknown = new ConnectError('no', Code.NotFound, undefined, [
    { desc: ErrorInfoSchema, value: { reason: 'constructor', domain: 'boxoffice' } },
  ]);
  for (const error of [foreign, unknown, new ConnectError('no'), new Error('no'), undefined]) {
    expect(error).not.toBeInstanceOf(ServiceError);
    expect(reasonOf(error)).toBeUndefined();
    expect(retryAfterMsOf(error)).toBeUndefined();
    expect(violationsOf(error)).toEqual([]);
  }
});

describe('a status', () => {
  test('keeps details that this system does not know', () => {
    const error = new ConnectError('no', Code.NotFound, undefined, [
      { desc: LocalizedMessageSchema, value: { locale: 'ko', message: '없음' } },
    ]);
    expect(sent(sent(error)).findDetails(LocalizedMessageSchema)).toMatchObject([{ locale: 'ko', message: '없음' }]);
  });

  test('with unreadable details, or a code nobody knows, is an error all the same', () => {
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from([0xff]));
    expect(errorFromStatus({ code: status.NOT_FOUND, details: 'no', metadata })).toMatchObject({
      code: Code.NotFound,
      rawMessage: 'no',
      details: [],
    });
    const code = 99 as number as status;
    expect(errorFromStatus({ code, details: '', metadata: new Metadata() }).code).toBe(Code.Unknown);
  });

  test('is sent without metadata that gRPC cannot carry', () => {
    const error = sent(new ConnectError('no', Code.NotFound, { 'x-latin': 'é' }));
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: 'no' });
  });

  test('passes on the details of a received error, not its metadata', () => {
    const error = sent(new ConnectError('no', Code.NotFound, { 'x-inner': 'yes' }));
    expect(error.metadata.get('x-inner')).toBe('yes');
    expect(statusFromError(error).metadata.get('x-inner')).toEqual([]);
  });
});

describe('what a caller is told of a failure', () => {
  test('a refusal as it is, also that of a service behind', () => {
    const refusal = refuse('SEAT_TAKEN', 'taken');
    expect(failureFrom(refusal)).toMatchObject({ error: refusal, level: 'debug' });
    expect(reasonOf(failureFrom(sent(refusal)).error)).toBe('SEAT_TAKEN');
  });

  test('that a service behind is away, without where it is', () => {
    const away = errorFromStatus({
      code: status.UNAVAILABLE,
      details: 'connect ECONNREFUSED 10.1.2.3:50052',
      metadata: new Metadata(),
    });
    const { error, level, cause } = failureFrom(away);
    expect(reasonOf(error)).toBe('DEPENDENCY_UNAVAILABLE');
    expect(retryAfterMsOf(error)).toBe(1_000);
    expect(error.message).not.toContain('10.1.2.3');
    expect({ level, cause }).toEqual({ level: 'warn', cause: away });
  });

  test('that it took too long', () => {
    const late = new ConnectError('Deadline exceeded after 5s,remote_addr=10.1.2.3', Code.DeadlineExceeded);
    expect(failureFrom(sent(late)).error).toMatchObject({
      code: Code.DeadlineExceeded,
      rawMessage: 'a part behind this service took too long',
    });
  });

  test.each(['KEY_INVALID', 'CALLER_NOT_ALLOWED', 'REQUEST_INVALID'] as const)(
    'nothing of a %s that is about our own call',
    (reason) => {
      const failure = failureFrom(sent(refuse(reason, 'service:inventory may not')));
      expect(failure).toMatchObject({ level: 'error', error: { code: Code.Internal, rawMessage: 'internal error' } });
      expect(failure.incident).toBe(errorInfoOf(failure.error)?.metadata['incident']);
    },
  );

  test('nothing of anything else', () => {
    const unknown = new ConnectError('secret');
    for (const thrown of [new Error('secret'), new TypeError('secret'), 'secret', null, unknown, sent(unknown)]) {
      const failure = failureFrom(thrown);
      expect(failure).toMatchObject({ level: 'error', cause: thrown, error: { code: Code.Internal } });
      expect(failure.error.message).not.toContain('secret');
    }
  });
});

describe('a failure of the database', () => {
  const coded = (code: string) => Object.assign(new Error('of the database'), { code });

  test.each(['08006', '08P01', '53300', '57P01', '57P03', '57014', '25P03', 'ECONNREFUSED', 'ECONNRESET'])(
    '%s is DEPENDENCY_UNAVAILABLE',
    (code) => {
      expect(reasonOf(databaseRefusal(coded(code)))).toBe('DEPENDENCY_UNAVAILABLE');
    },
  );

  test.each(['55P03', '40001', '40P01'])('%s is BUSY', (code) => {
    expect(reasonOf(databaseRefusal(coded(code)))).toBe('BUSY');
  });

  test.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
  ])('"%s" is DEPENDENCY_UNAVAILABLE', (message) => {
    expect(reasonOf(databaseRefusal(new Error(message)))).toBe('DEPENDENCY_UNAVAILABLE');
  });

  test('is found under what wraps it', () => {
    const wrapped = new Error('mapper failed', { cause: new Error('driver failed', { cause: coded('57P01') }) });
    expect(reasonOf(databaseRefusal(wrapped))).toBe('DEPENDENCY_UNAVAILABLE');
    expect(databaseRefusal(wrapped)?.cause).toBe(wrapped);
  });

  test('is none when a constraint was broken or the statement is wrong: that is a fault of ours', () => {
    for (const error of [coded('23505'), coded('42601'), coded('0800'), new Error('x'), 'x', undefined]) {
      expect(databaseRefusal(error)).toBeUndefined();
    }
    expect(failureFrom(coded('23505')).error.code).toBe(Code.Internal);
  });
});
