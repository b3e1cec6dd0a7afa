import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { TicketStatus } from '@boxoffice/proto/queue';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';
import { reasonOf } from '@boxoffice/runtime/error';

import { positions, until, workerEnv } from './stage.ts';

let room: WaitingRoom;
const programs: ChildProcess[] = [];
beforeAll(async () => {
  room = await WaitingRoom.open();
});
afterAll(async () => {
  await Promise.all(programs.map(end));
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** Starts a worker as a process of its own; gives its address. */
async function startProgram(): Promise<{ program: ChildProcess; address: string }> {
  const main = new URL('../main.ts', import.meta.url).pathname;
  const env = { ...process.env, ...room.env, ...workerEnv(room), NODE_OPTIONS: '' };
  const program = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  programs.push(program);
  for await (const line of createInterface(program.stdout)) {
    const { msg, address } = JSON.parse(line) as { msg: string; address?: string };
    if (msg === 'ready' && address !== undefined) return { program, address };
  }
  throw new Error('the worker ended before it was ready');
}

async function end(program: ChildProcess): Promise<number | null> {
  if (program.exitCode === null && program.signalCode === null) {
    program.kill('SIGTERM');
    await once(program, 'exit');
  }
  return program.exitCode;
}

test('a worker that is told to end sends its watchers to another one, where nobody falls back', async () => {
  const [one, other] = await Promise.all([startProgram(), startProgram()]);
  const scheduleId = await room.schedule({ maxActive: 1 });
  const joined = await room.join(scheduleId, 12);
  const token = joined.at(-1)?.token ?? '';
  const ahead: bigint[] = [];
  const statuses: TicketStatus[] = [];
  const revisions: bigint[] = [];

  const watch = async (address: string): Promise<void> => {
    for await (const { ticket, revision } of positions(room, address).watchPosition({ token })) {
      revisions.push(revision);
      statuses.push(ticket?.status ?? TicketStatus.UNSPECIFIED);
      if (ticket?.status === TicketStatus.WAITING) ahead.push(ticket.ahead);
    }
  };
  const first = watch(one.address).catch((error: unknown) => error);
  await until(
    () => ahead.at(-1),
    (last) => last === 10n,
  );
  for (const { token: leaving } of joined.slice(3, 6)) await room.queue().leave({ token: leaving });
  await until(
    () => ahead.at(-1),
    (last) => last === 7n,
  );

  const endedAtMs = performance.now();
  const ending = end(one.program);
  const error = await first;
  expect(error).toBeInstanceOf(ConnectError);
  expect((error as ConnectError).code).toBe(Code.Unavailable);
  expect(reasonOf(error)).toBe('DRAINING');

  const second = watch(other.address);
  for (const { token: leaving } of joined.slice(0, 11)) await room.queue().leave({ token: leaving });
  await until(
    () => statuses.at(-1),
    (last) => last === TicketStatus.ADMITTED,
  );
  await room.queue().leave({ token });
  await second;
  expect(statuses.at(-1)).toBe(TicketStatus.LEFT);
  expect(ahead).toEqual(ahead.toSorted((a, b) => Number(b - a)));
  expect(revisions).toEqual(revisions.toSorted((a, b) => Number(a - b)));
  expect(await ending).toBe(0);
  expect(performance.now() - endedAtMs).toBeLessThan(15_000);
});
