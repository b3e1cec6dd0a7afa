import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as openSocket, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, ConnectError, createClient, type Client, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { access } from '@boxoffice/proto/access';
import { InventoryAdminService, InventoryService, SeatStatus } from '@boxoffice/proto/inventory';
import { LedgerService, PaymentStatus } from '@boxoffice/proto/ledger';
import { PositionService, QueueAdminService, QueueService, TicketStatus } from '@boxoffice/proto/queue';
import { ErrorInfoSchema } from '@boxoffice/proto/rpc';
import { newMember, startSystem, type System } from './system.ts';
import type { Web } from './web.ts';

const origin = 'https://shop.example';
let system: System;
let web: Web;
beforeAll(async () => {
  system = await startSystem({ env: { CORS_ORIGINS: origin } });
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

interface Clients {
  readonly queue: Client<typeof QueueService>;
  readonly position: Client<typeof PositionService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly ledger: Client<typeof LedgerService>;
}

type Protocol = (options: { baseUrl: string }) => Transport;
const protocols: readonly [string, Protocol][] = [
  ['Connect', createConnectTransport],
  ['gRPC-Web', createGrpcWebTransport],
];

function clientsOf(protocol: Protocol, { url } = web): Clients {
  const transport = protocol({ baseUrl: url });
  return {
    queue: createClient(QueueService, transport),
    position: createClient(PositionService, transport),
    inventory: createClient(InventoryService, transport),
    ledger: createClient(LedgerService, transport),
  };
}

/** The code and the reason that a call is refused with. */
async function refusal(call: Promise<unknown> | AsyncIterable<unknown>): Promise<[string | undefined, string]> {
  try {
    if (Symbol.asyncIterator in call) for await (const message of call) void message;
    else await call;
    return ['none', 'none'];
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return [Code[error.code], error.findDetails(ErrorInfoSchema)[0]?.reason ?? ''];
  }
}

describe.each(protocols)('by %s', (_name, protocol) => {
  test('a member goes the whole way', async () => {
    const { queue, position, inventory, ledger } = clientsOf(protocol);
    const scheduleId = BigInt(await web.newSchedule());
    expect((await inventory.getSchedule({ scheduleId })).schedule?.totalSeats).toBe(50);
    const { balance } = await ledger.openAccount({});
    const memberId = balance?.memberId ?? '';
    const charge = { requestId: crypto.randomUUID(), memberId, amount: 5_000n };
    const replays: (string | null)[] = [];
    const onHeader = (headers: Headers): void => void replays.push(headers.get('boxoffice-replayed'));
    await ledger.charge(charge, { onHeader });
    expect((await ledger.charge(charge, { onHeader })).balance?.balance).toBe(5_000n);
    expect(replays).toEqual([null, 'true']);

    const joined = await queue.join({ scheduleId, memberId, clientAddress: '203.0.113.7' });
    expect(joined).toMatchObject({ created: true, ticket: { scheduleId, memberId, number: 1n } });
    const { token } = joined;
    for await (const { ticket } of position.watchPosition({ token })) {
      if (ticket?.status === TicketStatus.ADMITTED) break;
    }
    expect((await queue.join({ scheduleId, memberId })).ticket?.status).toBe(TicketStatus.ADMITTED);

    const { seats } = await inventory.listSeats({ token, scheduleId });
    const held = await inventory.holdSeats({ token, scheduleId, seatIds: [seats[3]?.id ?? 0n] });
    const reservationId = held.reservation?.id ?? 0n;
    expect((await inventory.extendHold({ token, reservationId })).reservation?.memberId).toBe(memberId);
    for await (const message of inventory.watchSeats({ token, scheduleId })) {
      expect(message.complete).toBe(true);
      expect(message.seats.map(({ status }) => status).filter((status) => status === SeatStatus.HELD)).toHaveLength(1);
      break;
    }
    const { payment } = await ledger.pay({ token, reservationId });
    expect([payment?.status, payment?.amount]).toEqual([PaymentStatus.PAID, 1_000n]);
    expect((await ledger.refund({ paymentId: payment?.id ?? 0n })).payment?.status).toBe(PaymentStatus.REFUNDED);
    expect((await ledger.listEntries({ memberId })).entries.length).toBeGreaterThan(1);
    expect((await queue.getTicket({ token })).ticket?.status).toBe(TicketStatus.COMPLETED);
  });

  test('refusals come with their reasons, and nothing of ours', async () => {
    const { queue, inventory, ledger, position } = clientsOf(protocol);
    const scheduleId = BigInt(await web.newSchedule());
    expect(await refusal(queue.join({ scheduleId: 999_999n, memberId: 'm' }))).toEqual(['NotFound', 'QUEUE_UNKNOWN']);
    expect(await refusal(queue.join({ scheduleId }))).toEqual(['InvalidArgument', 'REQUEST_INVALID']);
    expect(await refusal(queue.getTicket({ token: 'x' }))).toEqual(['Unauthenticated', 'TOKEN_INVALID']);
    expect(await refusal(position.watchPosition({}))).toEqual(['Unauthenticated', 'TOKEN_INVALID']);
    expect(await refusal(inventory.watchSeats({ scheduleId }))).toEqual(['Unauthenticated', 'TOKEN_INVALID']);
    expect(await refusal(inventory.getConcert({ concertId: 999_999n }))).toEqual(['NotFound', 'CONCERT_UNKNOWN']);
    expect(await refusal(ledger.getBalance({ memberId: newMember() }))).toEqual(['NotFound', 'MEMBER_UNKNOWN']);
    expect(await refusal(ledger.getBalance({ memberId: 'm'.repeat(70_000) }))).toEqual(['ResourceExhausted', '']);
    const token = await web.admitted(Number(scheduleId), newMember());
    const other = BigInt(await web.newSchedule());
    for (const call of [inventory.listSeats, inventory.watchSeats]) {
      expect(await refusal(call({ token, scheduleId: other }))).toEqual([
        'PermissionDenied',
        'TOKEN_OF_ANOTHER_SCHEDULE',
      ]);
    }
  });

  test('there is nothing but what is public', async () => {
    const { queue, inventory, ledger } = clientsOf(protocol);
    const transport = protocol({ baseUrl: web.url });
    const calls = [
      () => queue.joinGroup({ scheduleId: 1n }),
      () => queue.verify({ scheduleId: 1n }),
      () => queue.reportPresence({}),
      () => queue.complete({}),
      () => inventory.confirmReservation({}),
      () => inventory.watchEvents({}),
      () => ledger.chargeGroup({}),
      () => ledger.resumePayments({}),
      () => createClient(QueueAdminService, transport).listQueues({}),
      () => createClient(InventoryAdminService, transport).createConcert({ name: 'Mine' }),
    ];
    for (const call of calls) {
      expect((await refusal(call()))[0]).toBe('Unimplemented');
    }
  });
});

test('what is open to the public is what the table says', async () => {
  const rpcs = Object.keys(access).filter((rpc) => rpc.startsWith('boxoffice.'));
  const answers = await Promise.all(rpcs.map(async (rpc) => [rpc, (await web.call('PUT', `/${rpc}`)).status] as const));
  const isOpen =
    /Service\/(?:Join|GetTicket|Leave|WatchPosition|ListConcerts|GetConcert|ListSchedules|GetSchedule|ListSeats|WatchSeats|HoldSeats|ExtendHold|ReleaseReservation|GetReservation|ListReservations|OpenAccount|GetBalance|Charge|Pay|GetPayment|ListEntries|Refund)$/;
  for (const [rpc, status] of answers) {
    expect([rpc, status]).toEqual([rpc, isOpen.test(rpc) ? 405 : 404]);
  }
});

describe('over plain HTTP', () => {
  const rpc = '/boxoffice.inventory.v1.InventoryService/ListConcerts';
  const json = { 'content-type': 'application/json' };

  test('headers are those of every answer', async () => {
    const headers = { ...json, origin, 'x-request-id': 'my-request-1' };
    const answer = await web.post(rpc, { headers, body: { pageSize: 1 } });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'cache-control': 'no-store',
      'x-request-id': 'my-request-1',
      'x-content-type-options': 'nosniff',
      vary: 'Origin',
    });
    expect(answer.headers['access-control-expose-headers']).toContain('Grpc-Status-Details-Bin');
    const foreign = await web.post(rpc, { headers: { ...json, origin: 'https://evil.example' }, body: {} });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('a page of another origin may ask first', async () => {
    const wanted = 'connect-protocol-version,connect-timeout-ms,x-grpc-web,x-user-agent,authorization';
    const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': wanted };
    const answer = await web.call('OPTIONS', rpc, { headers });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, origin]);
    const allowed = String(answer.headers['access-control-allow-headers']).toLowerCase().split(',');
    expect(allowed).toEqual(expect.arrayContaining(wanted.split(',')));
  });

  test('nonsense is the fault of who sends it', async () => {
    const bodies = ['', '{', '[]', '{"pageSize":"x"}', '{"pageSize":1e99}', '\u0000'];
    for (const body of bodies) {
      for (const type of [
        'application/json',
        'application/proto',
        'application/connect+json',
        'application/grpc-web+proto',
        'text/plain',
      ]) {
        for (const path of [rpc, '/boxoffice.queue.v1.PositionService/WatchPosition']) {
          const { status } = await fetch(web.url + path, { method: 'POST', body, headers: { 'content-type': type } });
          expect([type, body, status < 500]).toEqual([type, body, true]);
        }
      }
    }
    const queries = [
      '',
      'message=%7B',
      'message=%FF&base64=1',
      'message=_w&base64=1&encoding=proto',
      'compression=gzip',
    ];
    for (const query of queries) {
      const { status } = await fetch(`${web.url}${rpc}?encoding=json&${query}`);
      expect([query, status < 500 || query.startsWith('compression')]).toEqual([query, true]);
    }
    const garbled = { ...json, 'content-encoding': 'gzip' };
    expect((await fetch(web.url + rpc, { method: 'POST', headers: garbled, body: 'garbage' })).status).toBe(400);
    const { hostname, port } = new URL(web.url);
    for (const host of ['a b', '[', 'x:99999999']) {
      const socket = openSocket(Number(port), hostname);
      socket.write(`POST ${rpc} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n`);
      socket.write('Connection: close\r\n\r\n{}');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    }
  });

  test('a caller’s own time is kept', async () => {
    const { position } = clientsOf(createConnectTransport);
    const scheduleId = await web.newSchedule();
    await web.admin('POST', `/schedules/${scheduleId}/queue/pause`);
    const token = await web.join(scheduleId, newMember());
    expect(await refusal(position.watchPosition({ token }, { timeoutMs: 200 }))).toEqual(['DeadlineExceeded', '']);
    const headers = { ...json, 'connect-timeout-ms': '99999999999' };
    expect((await web.post(rpc, { headers, body: {} })).status).toBe(400);
  });
});

describe('a stream of positions', () => {
  test('keeps its reader present, while who looks at nothing is not', async () => {
    const { position } = clientsOf(createConnectTransport);
    const scheduleId = await web.newSchedule({ queue: { maxActive: 1, presenceTtlSeconds: 3 } });
    await web.admitted(scheduleId, newMember());
    await web.join(scheduleId, newMember());
    const token = await web.join(scheduleId, newMember());
    const seen: [TicketStatus | undefined, bigint | undefined][] = [];
    for await (const { ticket } of position.watchPosition({ token })) {
      seen.push([ticket?.status, ticket?.ahead]);
      if (ticket?.ahead === 0n) break;
    }
    expect([seen[0], seen.at(-1)]).toEqual([
      [TicketStatus.WAITING, 1n],
      [TicketStatus.WAITING, 0n],
    ]);
  });

  test('is one of as many as there may be', async () => {
    const { position } = clientsOf(createConnectTransport);
    const scheduleId = await web.newSchedule({ queue: { maxActive: 1 } });
    await web.admitted(scheduleId, newMember());
    const token = await web.join(scheduleId, newMember());
    const end = new AbortController();
    const streams = Array.from({ length: 4 }, () =>
      position.watchPosition({ token }, { signal: end.signal })[Symbol.asyncIterator](),
    );
    for (const stream of streams) {
      expect(await stream.next()).toMatchObject({
        value: { ticket: { status: TicketStatus.WAITING, ahead: 0n, place: 2n } },
      });
    }
    expect(await refusal(position.watchPosition({ token }))).toEqual(['ResourceExhausted', 'STREAM_LIMIT']);
    end.abort();
    await Promise.allSettled(streams.map((stream) => stream.next()));
    // Who has gone leaves room.
    const events = `/v1/schedules/${scheduleId}/queue/tickets/me/events`;
    let status = 429;
    while (status === 429) {
      const answer = await fetch(web.url + events, { headers: { 'queue-token': token } });
      ({ status } = answer);
      await answer.body?.cancel();
    }
    expect(status).toBe(200);
  });
});

test('streams end with UNAVAILABLE when the process does', async () => {
  const ending = await system.bff();
  const { position, inventory } = clientsOf(createConnectTransport, ending);
  const paused = await web.newSchedule();
  await web.admin('POST', `/schedules/${paused}/queue/pause`);
  const waiting = await web.join(paused, newMember());
  const scheduleId = await web.newSchedule();
  const token = await web.admitted(scheduleId, newMember());
  const positions = position.watchPosition({ token: waiting })[Symbol.asyncIterator]();
  const seats = inventory.watchSeats({ token, scheduleId: BigInt(scheduleId) })[Symbol.asyncIterator]();
  expect([(await positions.next()).done, (await seats.next()).done]).toEqual([false, false]);
  const rest = (stream: AsyncIterator<unknown>) => ({ [Symbol.asyncIterator]: () => stream });
  const outcomes = Promise.all([refusal(rest(positions)), refusal(rest(seats))]);
  await ending[Symbol.asyncDispose]();
  expect(await outcomes).toEqual([
    ['Unavailable', 'DRAINING'],
    ['Unavailable', 'DRAINING'],
  ]);
});

test('with access tokens a member is who the token says, and nobody else', async () => {
  const issuer = 'https://id.example';
  const pair = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'a', alg: 'ES256', use: 'sig' };
  const identityProvider = createServer((_req, res) => res.end(JSON.stringify({ keys: [jwk] })));
  identityProvider.listen(0, '127.0.0.1');
  await once(identityProvider, 'listening');
  const { port } = identityProvider.address() as AddressInfo;
  const guarded = await system.bff({
    AUTH_MODE: 'jwt',
    OIDC_ISSUER: issuer,
    OIDC_AUDIENCE: 'boxoffice',
    OIDC_JWKS_URL: `http://127.0.0.1:${port}/`,
  });
  const signIn = async (sub: string) => {
    const jwt = new SignJWT({ sub, iss: issuer, aud: 'boxoffice', exp: Math.floor(Date.now() / 1_000) + 300 });
    return {
      headers: {
        authorization: `Bearer ${await jwt.setProtectedHeader({ alg: 'ES256', kid: 'a' }).sign(pair.privateKey)}`,
      },
    };
  };
  const { queue, inventory, ledger, position } = clientsOf(createConnectTransport, guarded);
  const scheduleId = BigInt(await web.newSchedule());
  const [id, stranger] = [newMember(), newMember()];
  const [own, others] = [await signIn(id), await signIn(stranger)];

  expect((await inventory.listConcerts({})).concerts.length).toBeGreaterThan(0);
  for (const call of [() => queue.join({ scheduleId, memberId: id }), () => ledger.getBalance({ memberId: id })]) {
    expect(await refusal(call())).toEqual(['Unauthenticated', 'ACCESS_TOKEN_MISSING']);
  }
  const key = { headers: { authorization: `Bearer ${system.keys.acme}` } };
  expect(await refusal(ledger.getBalance({}, key))).toEqual(['Unauthenticated', 'ACCESS_TOKEN_INVALID']);

  expect((await ledger.openAccount({}, own)).balance?.memberId).toBe(id);
  await ledger.charge({ amount: 1_000n }, own);
  expect(await refusal(ledger.charge({ memberId: id, amount: 1n }, others))).toEqual(['NotFound', 'MEMBER_UNKNOWN']);
  expect(await refusal(queue.join({ scheduleId, memberId: id }, others))).toEqual(['NotFound', 'MEMBER_UNKNOWN']);
  const { token, ticket } = await queue.join({ scheduleId }, own);
  expect(ticket?.memberId).toBe(id);
  expect(await refusal(queue.getTicket({ token }, others))).toEqual(['Unauthenticated', 'TOKEN_INVALID']);
  expect(await refusal(position.watchPosition({ token }))).toEqual(['Unauthenticated', 'ACCESS_TOKEN_MISSING']);
  for await (const message of position.watchPosition({ token }, own)) {
    if (message.ticket?.status === TicketStatus.ADMITTED) break;
  }
  const { reservation } = await inventory.holdSeats({ token, scheduleId, bestAvailable: 1 }, own);
  const reservationId = reservation?.id ?? 0n;
  for (const call of [
    () => inventory.getReservation({ reservationId }, others),
    () => inventory.releaseReservation({ reservationId }, others),
    () => inventory.getReservation({ reservationId, memberId: id }, others),
  ]) {
    expect(await refusal(call())).toEqual(['NotFound', 'RESERVATION_UNKNOWN']);
  }
  expect(await refusal(ledger.pay({ token, reservationId }, others))).toEqual(['Unauthenticated', 'TOKEN_INVALID']);
  const { payment } = await ledger.pay({ token, reservationId }, own);
  expect(await refusal(ledger.refund({ paymentId: payment?.id ?? 0n }, others))).toEqual([
    'NotFound',
    'PAYMENT_UNKNOWN',
  ]);
  expect((await inventory.listReservations({}, own)).reservations).toHaveLength(1);
  identityProvider.closeAllConnections();
  identityProvider.close();
});
