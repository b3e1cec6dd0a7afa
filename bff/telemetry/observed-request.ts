import type { ServerResponse } from 'node:http';
import type { Span } from '@opentelemetry/api';

/** What the door that answers a request knows of it, and tells when it is over. */
export interface Answering {
  /** The pattern of the route, or the name of the RPC, that answers; undefined where there is none. */
  readonly route: () => string | undefined;
  /** The status; of an RPC, whose failures may travel with a 200, that which REST has for them. */
  readonly status: () => number;
}

/** A request that is looked at. */
export interface ObservedRequest {
  readonly method: string;
  /** When it came, by `performance.now()`. */
  readonly startedMs: number;
  /** A name alone comes from the fast lane. */
  answering: Answering | string | undefined;
  /** Present while it is traced. */
  span: Span | undefined;
  /** It has been told of: its answer was sent, or, if that is a stream, begun. */
  isOver: boolean;
}

const key = Symbol('observed request');

type ObservedResponse = ServerResponse & { [key]?: ObservedRequest };

/** Keeps a request with its answer, which every door has. A property of it: a WeakMap costs ten times as much. */
export function observe(res: ObservedResponse, request: ObservedRequest): void {
  res[key] = request;
}

/** The request that is answered; undefined while nobody looks. */
export function observedOf(res: ObservedResponse): ObservedRequest | undefined {
  return res[key];
}
