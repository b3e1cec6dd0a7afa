import type { Reason } from '@boxoffice/proto/reasons';
import type { Context } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import type { WebReason } from '../http/web-error.ts';
import type { DialectRequest } from './dialect-request.ts';
import type { KnownSchedules } from './known-schedules.ts';
import type { OnlyQueue } from './only-queue.ts';

/** A published REST contract that is served beside our own: its routes, and what its answers come in. */
export interface Dialect {
  /** Its prefix, without the slash. */
  readonly name: 'a' | 'c' | 'e';
  /** Headers that may carry the member's access token, the first one first; `Authorization` as a Bearer. */
  readonly accessTokenHeaders: readonly string[];
  /** What `WWW-Authenticate` says when the queue token is refused. */
  readonly challenge: string;
  /** What every refusal of a token is told as, with 401; where it is absent, each has its own status and words. */
  readonly unauthorized?: string;
  /** The envelope of an answer. */
  readonly success: (data: unknown) => object;
  /** The envelope of a refusal. */
  readonly failure: (refusal: Refusal) => object;
  readonly routes: readonly DialectRoute[];
}

/** What an envelope can tell of a refusal. */
export interface Refusal {
  readonly status: number;
  readonly reason: Reason | WebReason;
  readonly message: string;
}

/** Where a call is made from. */
export interface Call {
  readonly ctx: Context;
  readonly deps: DialectDeps;
}

/** What calls need. */
export type DialectDeps = Deps & {
  readonly schedules: KnownSchedules;
  readonly onlyQueue: OnlyQueue;
};

/** What a wrong field is refused with: one text for all, or a text a field. */
export type InvalidTexts = string | Readonly<Record<string, string>>;

/** A route, ready to be mounted. */
export interface DialectRoute {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** As the router has it: `/concerts/:concertId/info`. */
  readonly path: string;
  readonly isOpen: boolean;
  readonly isBare: boolean;
  readonly invalid: InvalidTexts | undefined;
  /** Reads, calls and shapes. */
  readonly answer: (call: Call, request: DialectRequest) => Promise<unknown>;
}

interface RouteSpec<Input, Output> {
  /** Anybody may call it, without an access token. */
  readonly isOpen?: true;
  /** Its answer has no envelope. */
  readonly isBare?: true;
  readonly invalid?: InvalidTexts;
  /** What is read from the request. What is wrong with it is told in the order of reading, tokens included. */
  readonly read: (request: DialectRequest) => Input;
  readonly call: (call: Call, input: Input) => Promise<Output>;
  readonly shape: (output: Output, input: Input) => unknown;
}

/** A route of a dialect: `route('GET /concerts/{concertId}/info', { … })`. */
export function route<Input, Output>(line: string, spec: RouteSpec<Input, Output>): DialectRoute {
  const [method = '', path = ''] = line.split(' ');
  const { isOpen = false, isBare = false, invalid, read, call, shape } = spec;
  return {
    method: method as DialectRoute['method'],
    path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    isOpen,
    isBare,
    invalid,
    answer: async (from, request) => {
      const input = read(request);
      request.done();
      return shape(await call(from, input), input);
    },
  };
}
