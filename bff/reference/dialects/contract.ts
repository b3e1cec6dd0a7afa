import type { Operation, OperationExample, Parameter, Tag } from '../operation.ts';
import type { Schema } from '../schema.ts';

/** A call of a published contract: what differs from call to call. */
export interface Row {
  /** `POST /queues/token`, below the prefix. */
  readonly call: `${Operation['method']} /${string}`;
  readonly summary: string;
  readonly caller?: 'open';
  readonly token?: Operation['token'];
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly body?: Schema;
  readonly data: Schema;
  /** The answer has no envelope. */
  readonly isBare?: true;
  /** Statuses of its refusals that the contract names. */
  readonly refused?: Readonly<Record<number, string>>;
  readonly example: Omit<OperationExample, 'status'>;
}

/** A published contract. */
export interface Contract {
  readonly name: 'a' | 'c' | 'e';
  readonly tag: Tag;
  readonly envelope: (data: Schema) => Schema;
  readonly refusal: Schema;
  readonly rows: readonly Row[];
}

/** What there is to say about a call of a contract. */
export function operationOf({ name, tag, envelope, refusal }: Contract, row: Row): Operation {
  const { call, summary, caller = 'member', data, isBare, refused = {}, example, token: shown, parameters, body } = row;
  const [method = '', path = ''] = call.split(' ');
  return {
    method: method as Operation['method'],
    path: `/${name}${path}`,
    id: `${name}${idOf(method, path)}`,
    tag,
    caller,
    summary,
    description: 'A call of a published contract: the same as its own call of `/v1` does, in other words.',
    ...(parameters !== undefined && { parameters }),
    ...(shown !== undefined && { token: shown }),
    ...(body !== undefined && { body }),
    answers: { 200: { description: 'What was asked for.', schema: isBare === true ? data : envelope(data) } },
    refusals: { schema: refusal, statuses: refused },
    rpcs: [],
    examples: { default: { ...example, status: 200 } },
  };
}

// GET /accounts/{memberId}/balance: GetAccountsMemberIdBalance.
function idOf(method: string, path: string): string {
  const words = `${method.toLowerCase()}${path}`.match(/[A-Za-z]+/g) ?? [];
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
