import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';
import { defineEntity, p } from '@mikro-orm/core';

import { Migration } from '../database/migrate.ts';
import { openOrm, type Orm } from '../database/orm.ts';
import { openPool, type Pool } from '../database/pool.ts';
import { transaction } from '../database/transaction.ts';
import { createLogger } from '../log.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';

class MakeShelves extends Migration {
  override up(): void {
    this.addSql(`
      create table shelves (
        id bigint generated always as identity primary key,
        name text not null unique,
        capacity bigint not null check (capacity > 0),
        day date not null,
        note text,
        created_at timestamptz not null default now()
      )`);
    this.addSql(`
      create table books (
        id bigint generated always as identity primary key,
        shelf_id bigint not null references shelves,
        title text not null
      )`);
  }
}

const Shelf = defineEntity({
  name: 'Shelf',
  tableName: 'shelves',
  properties: {
    id: p.bigint().primary(),
    name: p.text(),
    capacity: p.bigint(),
    day: p.date(),
    note: p.text().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
    books: () => p.oneToMany(Book).mappedBy('shelf'),
  },
});

const Book = defineEntity({
  name: 'Book',
  tableName: 'books',
  properties: { id: p.bigint().primary(), shelf: () => p.manyToOne(Shelf), title: p.text() },
});

const capacity = 9_007_199_254_740_993n;
let database: TestDatabase;
let pool: Pool;
let orm: Orm;

beforeAll(async () => {
  database = await testDatabase({ schema: 'library', migrations: [MakeShelves] });
});

afterAll(() => database[Symbol.asyncDispose]());

beforeEach(() => {
  pool = openPool({ url: database.url, schema: 'library', applicationName: 'orm test', max: 1 });
  orm = openOrm({ pool, entities: [Shelf, Book] });
});

afterEach(async () => {
  await orm[Symbol.asyncDispose]();
  await pool.query('truncate shelves, books');
  await pool[Symbol.asyncDispose]();
});

function newShelf(name: string): { name: string; capacity: bigint; day: string } {
  return { name, capacity, day: '2026-12-24' };
}

async function names(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>('select name from shelves order by id');
  return rows.map(({ name }) => name);
}

test('entities come back as they went, over the one connection of the pool', async () => {
  const em = orm.fork();
  const shelf = em.create(Shelf, newShelf('a'));
  em.create(Book, { shelf, title: `it's; a "book" ? $1` });
  await em.flush();
  const found = await orm.fork().findOneOrFail(Shelf, { name: 'a' }, { populate: ['books'] });
  expect(found).toMatchObject({ ...newShelf('a'), note: null });
  expect(typeof found.id).toBe('bigint');
  expect(found.createdAt).toBeInstanceOf(Date);
  expect(Math.abs(Date.now() - found.createdAt.getTime())).toBeLessThan(60_000);
  expect(found.books.map(({ title }) => title)).toEqual([`it's; a "book" ? $1`]);
  expect(pool.totalCount).toBe(1);
});

test('rows of the ORM and of pg are alike', async () => {
  const em = orm.fork();
  em.create(Shelf, newShelf('a'));
  await em.flush();
  const { rows } = await pool.query<Record<string, unknown>>('select id, capacity, day, created_at from shelves');
  const [shelf] = await orm.fork().find(Shelf, { capacity: { $gte: capacity } });
  expect(rows).toEqual([{ id: shelf?.id, capacity: shelf?.capacity, day: shelf?.day, created_at: shelf?.createdAt }]);
});

test('units of work do not share their entities', async () => {
  const em = orm.fork();
  em.create(Shelf, newShelf('a'));
  await em.flush();
  const mine = await orm.fork().findOneOrFail(Shelf, { name: 'a' });
  const yours = await orm.fork().findOneOrFail(Shelf, { name: 'a' });
  mine.note = 'mine';
  expect(yours.note).toBeNull();
  await expect(orm.mikro.em.find(Shelf, {})).rejects.toThrow('global');
});

test('a unit of work in a transaction commits with it', async () => {
  const notices: string[] = []; // Such as "there is already a transaction in progress".
  await transaction(pool, async (client) => {
    client.on('notice', ({ message }) => notices.push(String(message)));
    await client.query(`insert into shelves (name, capacity, day) values ('by hand', 1, '2026-12-24')`);
    const em = await orm.forkIn(client);
    expect(await em.count(Shelf)).toBe(1);
    em.create(Shelf, newShelf('by unit'));
    await em.flush();
    expect((await client.query('select from shelves')).rowCount).toBe(2);
  });
  expect(await names()).toEqual(['by hand', 'by unit']);
  expect(notices).toEqual([]);
});

test('a unit of work in a transaction is rolled back with it', async () => {
  const work = transaction(pool, async (client) => {
    const em = await orm.forkIn(client);
    em.create(Shelf, newShelf('a'));
    await em.flush();
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(await names()).toEqual([]);
});

test('a transaction of the ORM in a transaction is a savepoint', async () => {
  await transaction(pool, async (client) => {
    const em = await orm.forkIn(client);
    await em.transactional(async (inner) => void inner.create(Shelf, newShelf('kept')));
    const lost = em.transactional(async (inner) => {
      inner.create(Shelf, newShelf('lost'));
      await inner.flush();
      throw new Error('no');
    });
    await expect(lost).rejects.toThrow('no');
  });
  expect(await names()).toEqual(['kept']);
});

test('a transaction of the ORM alone commits or is rolled back, and gives its connection back', async () => {
  await orm.fork().transactional(async (em) => void em.create(Shelf, newShelf('a')));
  const lost = orm.fork().transactional(async (em) => {
    em.create(Shelf, newShelf('b'));
    await em.flush();
    em.create(Shelf, newShelf('a'));
  });
  await expect(lost).rejects.toMatchObject({ code: '23505' });
  expect(await names()).toEqual(['a']);
  expect(pool.idleCount).toBe(1);
});

test('a transaction of the ORM whose connection breaks does not leak it', async () => {
  const broken = orm.fork().transactional(async (em) => {
    await em.execute('select pg_terminate_backend(pg_backend_pid())');
  });
  await expect(broken).rejects.toMatchObject({ code: '57P01' });
  expect(await names()).toEqual([]);
});

test('the ORM cannot take a second connection inside a transaction', async () => {
  await transaction(pool, async () => {
    await expect(orm.fork().find(Shelf, {})).rejects.toThrow('inside a transaction');
  });
});

test('queries are logged at the level trace only', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string): void => void lines.push(line) };
  for (const level of ['debug', 'trace'] as const) {
    await using logged = openOrm({ pool, entities: [Shelf, Book], log: createLogger('test', level, destination) });
    await logged.fork().find(Shelf, { name: level });
  }
  expect(lines.filter((line) => line.includes('select'))).toHaveLength(1);
});

test('the pool survives its ORM', async () => {
  await orm.fork().find(Shelf, {});
  await orm[Symbol.asyncDispose]();
  expect(await names()).toEqual([]);
});
