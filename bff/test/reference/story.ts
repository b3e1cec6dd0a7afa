import { expect } from '@boxoffice/runtime/testing/tests';
import type { Operation } from '../../reference/operation.ts';
import { SseReader } from '../sse-reader.ts';
import type { Web } from '../web.ts';
import type { Checker } from './checker.ts';
import { requestOf, type Credentials } from './request.ts';

/** Where examples are sent to, and with what. */
export interface Stage {
  readonly web: Web;
  readonly checker: Checker;
  readonly operations: readonly Operation[];
  /** Its queue token becomes that of the ticket that was taken last. */
  credentials: Credentials;
  /** Where the ticket of the story stands. */
  readonly me: string;
}

/** The steps that examples are: `joinQueue`, or `joinQueue again` for one that is not the first. */
export function stepsOf(operations: readonly Operation[]): string[] {
  return operations.flatMap(({ id, examples }) =>
    Object.keys(examples).map((name) => (name === 'default' ? id : `${id} ${name}`)),
  );
}

/** Sends an example and holds its answer against the document. Whoever takes a ticket by it waits to be admitted. */
export async function play(stage: Stage, step: string): Promise<void> {
  const { web, checker, operations, credentials, me } = stage;
  const [id, name = 'default'] = step.split(' ');
  const operation = operations.find((candidate) => candidate.id === id);
  const example = operation?.examples[name];
  if (operation === undefined || example === undefined) {
    throw new Error(`there is no example ${step}`);
  }
  const { url, sent } = requestOf(operation, example, credentials);
  if (operation.events !== undefined) {
    await expectEvent(stage, operation, url);
    return;
  }
  const answer = await web.call(operation.method, url, sent);
  expect([answer.status, answer.status < 400 ? '' : answer.text]).toEqual([example.status, '']);
  expect(checker.faults(operation.method, operation.path, answer)).toEqual([]);
  const token = answer.text === '' || name !== 'default' ? undefined : tokenIn(answer.body);
  if (token !== undefined) {
    stage.credentials = { ...credentials, queueToken: token };
    await web.until(me, { token }, ({ body }) => body.status === 'ADMITTED');
  }
}

function tokenIn(body: object): string | undefined {
  const { token, data } = body as { token?: string; data?: { token?: string } };
  return token ?? data?.token;
}

/** The first event of a stream is as the document has it. */
async function expectEvent({ web, checker, credentials }: Stage, { path }: Operation, url: string): Promise<void> {
  const reader = await SseReader.open(`${web.url}${url}`, { 'queue-token': credentials.queueToken });
  try {
    await reader.until(() => reader.last !== undefined);
  } finally {
    reader.close();
  }
  expect(checker.faults('GET', path, { ...reader, text: '' })).toEqual([]);
  const [first] = reader.events;
  const validate = checker.validator('paths', path, 'get', 'x-events', first?.event ?? '', 'schema');
  expect([validate(first?.data), validate.errors]).toEqual([true, null]);
}
