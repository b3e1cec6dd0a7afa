import { expect, test } from '@boxoffice/runtime/testing/tests';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { ReportPresenceRequestSchema, ReportPresenceResponseSchema } from '@boxoffice/proto/queue';
import { createLogger } from '@boxoffice/runtime/log';
import { validateRequest } from '@boxoffice/runtime/validation';
import { Presence } from '../positions/presence.ts';

type Report = MessageInitShape<typeof ReportPresenceRequestSchema>;

/** A reporter at short intervals, and what arrives at the other end; `fail` says which reports get lost. */
function reporter(fail: (index: number) => boolean = () => false) {
  const reports: Report[] = [];
  const arrived = { count: 0, wake: Promise.withResolvers<void>() };
  const presence = new Presence({
    log: createLogger('test', 'silent'),
    intervalMs: 10,
    queue: {
      reportPresence: async (report: Report) => {
        validateRequest(ReportPresenceRequestSchema, create(ReportPresenceRequestSchema, report));
        const index = arrived.count++;
        if (!fail(index)) {
          reports.push(report);
        }
        const { resolve } = arrived.wake;
        arrived.wake = Promise.withResolvers();
        resolve();
        if (fail(index)) {
          throw new ConnectError('away', Code.Unavailable);
        }
        return create(ReportPresenceResponseSchema);
      },
    },
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await arrived.wake.promise;
    }
  };
  return { presence, reports, until };
}

const tickets = (reports: readonly Report[]): string[] =>
  reports.flatMap(({ present = [] }) =>
    present.flatMap(({ scheduleId, numbers = [] }) => numbers.map((number) => `${scheduleId}/${number}`)),
  );

test('who was seen is reported once, and nobody is reported as a sign of life', async () => {
  const { presence, reports, until } = reporter();
  presence.seen(1n, 5n);
  presence.seen(1n, 5n);
  presence.seen(2n, 5n);
  await until(() => reports.length >= 3);
  await presence[Symbol.asyncDispose]();
  expect(tickets(reports)).toEqual(['1/5', '2/5']);
  expect(new Set(reports.map(({ reporterId }) => reporterId)).size).toBe(1);
  expect(reports.at(-1)?.present).toEqual([]);
});

test('many are reported in as many reports as the contract wants', async () => {
  const { presence, reports, until } = reporter();
  for (let number = 1n; number <= 12_345n; number++) {
    presence.seen(1n, number);
  }
  for (let scheduleId = 2n; scheduleId <= 301n; scheduleId++) {
    presence.seen(scheduleId, 1n);
  }
  await until(() => tickets(reports).length === 12_645);
  await presence[Symbol.asyncDispose]();
  expect(new Set(tickets(reports)).size).toBe(12_645);
});

test('what could not be reported is reported later', async () => {
  const { presence, reports, until } = reporter((index) => index < 3);
  presence.seen(1n, 5n);
  await until(() => reports.length > 0);
  await presence[Symbol.asyncDispose]();
  expect(tickets(reports)).toEqual(['1/5']);
});

test('who streams is reported every time, and the last who were seen at the end', async () => {
  const { presence, reports, until } = reporter();
  presence.include(() => [[1n, 7n]]);
  await until(() => reports.length >= 2);
  presence.seen(1n, 8n);
  await presence[Symbol.asyncDispose]();
  expect(tickets(reports).filter((ticket) => ticket === '1/7').length).toBeGreaterThanOrEqual(2);
  expect(tickets(reports)).toContain('1/8');
});

test('who has just joined is reported only when seen again after the next report', async () => {
  const { presence, reports, until } = reporter();
  presence.joined(1n, 5n);
  presence.seen(1n, 5n);
  presence.seen(1n, 6n);
  await until(() => reports.length >= 1);
  expect(tickets(reports)).toEqual(['1/6']);
  presence.seen(1n, 5n);
  await until(() => tickets(reports).length >= 2);
  await presence[Symbol.asyncDispose]();
  expect(tickets(reports)).toEqual(['1/6', '1/5']);
});
