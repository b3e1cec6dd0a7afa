import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';
import { create, type MessageShape } from '@bufbuild/protobuf';
import { Int64ValueSchema, StringValueSchema, StructSchema, type StringValue } from '@bufbuild/protobuf/wkt';
import type { Reason } from '@boxoffice/proto/reasons';

import { Migration, migrate } from '../database/migrate.ts';
import { openPool, type Pool } from '../database/pool.ts';
import {
  beginSweep,
  deleteOldRequests,
  once,
  recall,
  requestsByMember,
  requestsTable,
  sweepRequests,
  type OnceRequest,
  type OnceResponse,
} from '../database/requests.ts';
import { statement } from '../database/statement.ts';
import type { PoolClient } from '../database/transaction.ts';
import { errorInfoOf, refuse, retryAfterMsOf, ServiceError, violationsOf } from '../error.ts';
import { isReplay } from '../replay.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';

class MakeRequests extends Migration {
  override up(): void {
    this.addSql(requestsTable);
    this.addSql(requestsByMember);
    this.addSql('create table deeds (id bigint generated always as identity primary key, what text not null)');
  }
}

const schema = 'requests_test';
const migrations = [MakeRequests];
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase({ schema, migrations });
});

afterAll(() => database[Symbol.asyncDispose]());

beforeEach(() => {
  pool = openPool({ url: database.url, schema, applicationName: 'requests test' });
});

afterEach(async () => {
  await pool.query('truncate requests, deeds');
  await pool[Symbol.asyncDispose]();
});

const addDeed = statement<[string], { id: bigint }>('add-deed', 'insert into deeds (what) values ($1) returning id');

async function deeds(of: Pool = pool): Promise<string[]> {
  const { rows } = await of.query<{ what: string }>('select what from deeds order by id');
  return rows.map(({ what }) => what);
}

async function stored(): Promise<number> {
  return (await pool.query('select from requests')).rowCount ?? 0;
}

interface Ask {
  readonly pool?: Pool;
  readonly requestId?: string;
  readonly partner?: string;
  readonly memberId?: string;
  readonly operation?: string;
  readonly body?: string;
  readonly work?: (client: PoolClient) => Promise<MessageShape<typeof Int64ValueSchema>>;
}

const id = '0190f3a0-0000-7000-8000-000000000001';

/** One request: by default it notes its body as a deed, and answers with the deed's number. */
function ask(options: Ask = {}): Promise<OnceResponse<typeof Int64ValueSchema>> {
  const { body = 'deed' } = options;
  const work =
    options.work ?? (async (client) => create(Int64ValueSchema, { value: (await addDeed.one(client, [body])).id }));
  return once(options.pool ?? pool, asked(options), work);
}

/** The same request, told to do nothing. */
function askAgain(options: Ask = {}): Promise<OnceResponse<typeof Int64ValueSchema> | undefined> {
  return recall(options.pool ?? pool, asked(options));
}

function asked(options: Ask): OnceRequest<typeof StringValueSchema, typeof Int64ValueSchema> {
  const { requestId = id, partner = 'house', memberId = 'm', operation = 'Do', body = 'deed' } = options;
  const request: StringValue = create(StringValueSchema, { value: body });
  const schemas = { requestSchema: StringValueSchema, responseSchema: Int64ValueSchema };
  return { requestId, partner, memberId, operation, request, ...schemas };
}

async function refusalOf(asked: Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await asked.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

async function reasonOf(asked: Promise<unknown>): Promise<Reason> {
  return (await refusalOf(asked)).reason;
}

test('the same request again gives the same answer, and nothing is done twice', async () => {
  const first = await ask();
  const second = await ask();
  expect(first.replayed).toBe(false);
  expect(second).toEqual({ response: first.response, replayed: true });
  expect(await deeds()).toEqual(['deed']);
});

test('an empty answer is an answer', async () => {
  const empty = async (): Promise<MessageShape<typeof Int64ValueSchema>> => create(Int64ValueSchema);
  await ask({ work: empty });
  expect(await ask({ work: empty })).toEqual({ response: create(Int64ValueSchema), replayed: true });
});

test('an id that was used for another body is refused', async () => {
  await ask();
  const refusal = await refusalOf(ask({ body: 'other' }));
  expect(refusal.reason).toBe('REQUEST_ID_REUSED');
  expect(errorInfoOf(refusal)?.metadata).toEqual({ requestId: id });
  expect(isReplay(refusal.metadata)).toBe(false);
  expect(await deeds()).toEqual(['deed']);
});

test('the same id of another partner, member or operation is another request', async () => {
  const others = [{}, { partner: 'acme' }, { memberId: 'n' }, { memberId: '' }, { operation: 'Undo' }];
  for (const other of others) expect((await ask({ ...other, body: JSON.stringify(other) })).replayed).toBe(false);
  for (const other of others) expect((await ask({ ...other, body: JSON.stringify(other) })).replayed).toBe(true);
  expect(await deeds()).toEqual(others.map((other) => JSON.stringify(other)));
});

test('two members with the same id do not wait for each other', async () => {
  const { replayed } = await ask({
    work: async (client) => {
      await using other = openPool({ url: database.url, schema, applicationName: 'requests test' });
      expect((await ask({ pool: other, memberId: 'n', body: 'of n' })).replayed).toBe(false);
      expect((await ask({ pool: other, operation: 'Undo', body: 'undone' })).replayed).toBe(false);
      expect(await reasonOf(ask({ pool: other }))).toBe('REQUEST_IN_FLIGHT');
      return create(Int64ValueSchema, { value: (await addDeed.one(client, ['of m'])).id });
    },
  });
  expect(replayed).toBe(false);
  expect((await deeds()).sort()).toEqual(['of m', 'of n', 'undone']);
});

test('a name that is SQL is a name', async () => {
  const partner = `\\'; drop table deeds; --`;
  const names = { partner, memberId: `\\'; drop table requests; --`, operation: `it's` };
  await ask(names);
  expect((await ask(names)).replayed).toBe(true);
});

test('a member id that PostgreSQL cannot keep is refused', async () => {
  const refusal = await refusalOf(ask({ memberId: 'a\0b' }));
  expect(refusal.reason).toBe('REQUEST_INVALID');
  expect(violationsOf(refusal)).toEqual([{ field: 'member_id', description: 'must not contain U+0000' }]);
});

test('a refusal is stored with all it says, and what the work did before it is undone', async () => {
  const work = async (client: PoolClient): Promise<never> => {
    await addDeed.one(client, ['half']);
    throw refuse('SEAT_TAKEN', 'seat 5 is taken', {
      metadata: { seatId: '5' },
      violations: [{ field: 'seat_ids[0]', description: 'is taken' }],
    });
  };
  const first = await refusalOf(ask({ work }));
  const second = await refusalOf(ask());
  expect([isReplay(first.metadata), isReplay(second.metadata)]).toEqual([false, true]);
  for (const refusal of [first, second]) {
    expect(refusal).toMatchObject({ reason: 'SEAT_TAKEN', code: first.code, rawMessage: 'seat 5 is taken' });
    expect(errorInfoOf(refusal)).toMatchObject({
      reason: 'SEAT_TAKEN',
      domain: 'boxoffice',
      metadata: { seatId: '5' },
    });
    expect(violationsOf(refusal)).toEqual([{ field: 'seat_ids[0]', description: 'is taken' }]);
  }
  expect(await reasonOf(ask({ body: 'other' }))).toBe('REQUEST_ID_REUSED');
  expect(await deeds()).toEqual([]);
});

test('a refusal after a failed statement is stored', async () => {
  const work = async (client: PoolClient): Promise<never> => {
    await client.query('insert into deeds (what) values (null)').catch((cause: unknown) => {
      throw refuse('SEAT_TAKEN', 'taken', { cause });
    });
    throw new Error('not reached');
  };
  expect(await reasonOf(ask({ work }))).toBe('SEAT_TAKEN');
  expect(await reasonOf(ask())).toBe('SEAT_TAKEN');
});

test('an answer is recalled without any work, and so is a refusal', async () => {
  expect(await askAgain()).toBeUndefined();
  expect(await askAgain({ requestId: '' })).toBeUndefined();
  const { response } = await ask();
  expect(await askAgain()).toEqual({ response, replayed: true });
  expect(await reasonOf(askAgain({ body: 'other' }))).toBe('REQUEST_ID_REUSED');
  const other = { operation: 'Refuse', work: () => Promise.reject(refuse('SEAT_TAKEN', 'taken')) };
  await ask(other).catch(() => undefined);
  const refusal = await refusalOf(askAgain(other));
  expect([refusal.reason, isReplay(refusal.metadata)]).toEqual(['SEAT_TAKEN', true]);
  expect(await deeds()).toEqual(['deed']);
});

test('what asks for another try or is about the caller is not stored', async () => {
  const passing = [
    refuse('DEPENDENCY_UNAVAILABLE', 'away'),
    refuse('BUSY', 'busy'),
    refuse('STREAM_LIMIT', 'too many'),
    refuse('KEY_INVALID', 'who'),
    refuse('CALLER_NOT_ALLOWED', 'not you'),
    refuse('TICKET_WAITING', 'not yet'),
    refuse('BOOKING_NOT_OPEN', 'soon', { retryAfterMs: 1_000 }),
    new Error('a fault'),
  ];
  for (const error of passing) {
    const work = async (client: PoolClient): Promise<never> => {
      await addDeed.one(client, ['half']);
      throw error;
    };
    await expect(ask({ work })).rejects.toBe(error);
  }
  expect(await stored()).toBe(0);
  expect((await ask()).replayed).toBe(false);
  expect(await deeds()).toEqual(['deed']);
});

test('while a request is under way the same id is refused at once, and answered when it is done', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const first = ask({
    work: async (client) => {
      const { id: value } = await addDeed.one(client, ['deed']);
      started.resolve();
      await finish.promise;
      return create(Int64ValueSchema, { value });
    },
  });
  await started.promise;
  const refusal = await refusalOf(ask());
  expect([refusal.reason, retryAfterMsOf(refusal)]).toEqual(['REQUEST_IN_FLIGHT', 200]);
  expect(await reasonOf(ask({ requestId: id.toUpperCase() }))).toBe('REQUEST_IN_FLIGHT');
  expect(await reasonOf(askAgain())).toBe('REQUEST_IN_FLIGHT');
  expect((await ask({ requestId: randomUUID(), body: 'another' })).replayed).toBe(false);
  finish.resolve();
  const { response } = await first;
  expect(await ask()).toEqual({ response, replayed: true });
});

test('of many calls with one id that come together one does the work', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () =>
      ask().then(
        ({ replayed, response }) => ({ replayed, value: response.value }),
        (error: ServiceError) => error.reason,
      ),
    ),
  );
  const done = outcomes.filter((outcome) => typeof outcome === 'object');
  expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(new Set(done.map(({ value }) => value)).size).toBe(1);
  expect(new Set(outcomes.filter((outcome) => typeof outcome === 'string'))).toEqual(
    new Set(done.length === 50 ? [] : ['REQUEST_IN_FLIGHT']),
  );
  expect(await deeds()).toEqual(['deed']);
});

test('two schemas of one database do not know each other’s ids', async () => {
  await migrate({ url: database.url, schema: 'requests_other', migrations });
  await using other = openPool({ url: database.url, schema: 'requests_other', applicationName: 'requests test' });
  const { replayed } = await ask({
    work: async (client) => {
      expect((await ask({ pool: other, body: 'elsewhere' })).replayed).toBe(false);
      return create(Int64ValueSchema, { value: (await addDeed.one(client, ['here'])).id });
    },
  });
  expect(replayed).toBe(false);
  expect(await deeds()).toEqual(['here']);
  expect(await deeds(other)).toEqual(['elsewhere']);
});

test('without an id the work is done each time', async () => {
  expect((await ask({ requestId: '' })).replayed).toBe(false);
  expect((await ask({ requestId: '' })).replayed).toBe(false);
  expect(await deeds()).toEqual(['deed', 'deed']);
  expect(await stored()).toBe(0);
});

test('an id that is no UUID is refused', async () => {
  for (const requestId of ['1', `${id}0`, `'${id}`, id.replaceAll('-', '')]) {
    expect(await reasonOf(ask({ requestId }))).toBe('REQUEST_INVALID');
  }
});

test('a request with a map has no fingerprint', async () => {
  const request = create(StructSchema, {});
  const schemas = { requestSchema: StructSchema, responseSchema: Int64ValueSchema };
  const mapped = { requestId: id, partner: 'house', memberId: '', operation: 'Do', request, ...schemas };
  await expect(once(pool, mapped, async () => create(Int64ValueSchema))).rejects.toThrow('fields is a map');
});

test('a conflict in the work is tried again, and stored once', async () => {
  let attempts = 0;
  const { replayed } = await ask({
    work: async (client) => {
      attempts += 1;
      const { id: value } = await addDeed.one(client, [`attempt ${attempts}`]);
      if (attempts < 3) await client.query(`do $$ begin raise exception 'raised' using errcode = '40001'; end $$`);
      return create(Int64ValueSchema, { value });
    },
  });
  expect(replayed).toBe(false);
  expect(attempts).toBe(3);
  expect(await deeds()).toEqual(['attempt 3']);
  expect(await stored()).toBe(1);
});

test('a request whose connection breaks can be made again', async () => {
  const broken = ask({
    work: async (client) => {
      await addDeed.one(client, ['half']);
      await client.query('select pg_terminate_backend(pg_backend_pid())');
      throw new Error('not reached');
    },
  });
  await expect(broken).rejects.toMatchObject({ code: '57P01' });
  expect((await ask()).replayed).toBe(false);
  expect(await deeds()).toEqual(['deed']);
});

test('a request that cannot be looked up leaves its connection as it was', async () => {
  await using single = openPool({ url: database.url, schema, applicationName: 'requests test', max: 1 });
  await single.query('alter table requests rename to away');
  await expect(ask({ pool: single })).rejects.toMatchObject({ code: '42P01' });
  await single.query('alter table away rename to requests');
  expect((await ask({ pool: single })).replayed).toBe(false);
});

test('an error of a statement that the work has caught does not become an answer', async () => {
  const caught = ask({
    work: async (client) => {
      await client.query('select 1 / 0').catch(() => undefined);
      return create(Int64ValueSchema);
    },
  });
  await expect(caught).rejects.toThrow('nothing could be committed');
  expect(await stored()).toBe(0);
});

test('a request makes two round trips more than its work, and so does its replay without the work', async () => {
  await using single = openPool({ url: database.url, schema, applicationName: 'requests test', max: 1 });
  let roundTrips = 0;
  single.on('connect', (client) => void client.connection.on('readyForQuery', () => (roundTrips += 1)));
  const count = async (asked: () => Promise<unknown>): Promise<number> => {
    roundTrips = 0;
    await asked().catch(() => undefined);
    return roundTrips;
  };
  await single.query('select 1');
  expect(await count(() => ask({ pool: single }))).toBe(3);
  expect(await count(() => ask({ pool: single }))).toBe(2);
  const work = (): Promise<never> => Promise.reject(refuse('SEAT_TAKEN', 'taken'));
  expect(await count(() => ask({ pool: single, requestId: randomUUID(), work }))).toBe(2);
});

test('old requests are forgotten, the oldest first, within a limit', async () => {
  const ids = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  for (const requestId of ids) await ask({ requestId, body: requestId });
  for (const [index, requestId] of ids.slice(0, 3).entries()) {
    const age = `update requests set created_at = now() - make_interval(days => $1) where request_id = $2`;
    await pool.query(age, [10 - index, requestId]);
  }
  const week = 7 * 24 * 60 * 60;
  const left = async (): Promise<string[]> =>
    (await pool.query<{ request_id: string }>('select request_id from requests order by created_at')).rows.map(
      ({ request_id }) => request_id,
    );
  expect(await sweepRequests(pool, week, 2)).toBe(2);
  expect(await left()).toEqual(ids.slice(2));
  expect(await sweepRequests(pool, week)).toBe(1);
  expect(await sweepRequests(pool, week)).toBe(0);
  expect(await left()).toEqual(ids.slice(3));
});

test('old requests are found by their age, and forgotten where they lie, whatever the table is like', async () => {
  await using single = openPool({ url: database.url, schema, applicationName: 'requests test', max: 1 });
  await single.query(beginSweep);
  const explain = `explain (generic_plan, costs off) ${deleteOldRequests.text}`;
  const { rows } = await single.query<{ 'QUERY PLAN': string }>(explain);
  await single.query('rollback');
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).not.toContain('Seq Scan');
  expect(plan).toMatch(/Tid Scan on requests/);
  expect(plan).toMatch(/using requests_created_at/);
});

test('what was kept before requests were a member’s own stays, as nobody’s', async () => {
  class MakeOldRequests extends Migration {
    override up(): void {
      this.addSql(requestsTable);
      this.addSql(`
        insert into requests (partner, request_id, operation, fingerprint, response)
        values ('house', '${id}', 'Do', sha256(''), '')`);
    }
  }
  class ByMember extends Migration {
    override up(): void {
      this.addSql(requestsByMember);
    }
  }
  await migrate({ url: database.url, schema: 'requests_old', migrations: [MakeOldRequests] });
  await migrate({ url: database.url, schema: 'requests_old', migrations: [MakeOldRequests, ByMember] });
  await using old = openPool({ url: database.url, schema: 'requests_old', applicationName: 'requests test' });
  expect(await reasonOf(askAgain({ pool: old, memberId: '' }))).toBe('REQUEST_ID_REUSED');
  expect(await askAgain({ pool: old })).toBeUndefined();
});
