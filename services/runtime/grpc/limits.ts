import { env } from '../variable.ts';

/** The limits of a gRPC server. Times in milliseconds. */
export interface RpcLimits {
  /** The largest request, also after decompression. */
  readonly requestBytesMax: number;
  /** The largest response. */
  readonly responseBytesMax: number;
  /** The largest metadata of a request, counted as HTTP/2 does. */
  readonly metadataBytesMax: number;
  readonly connectionsMax: number;
  /** Calls at once on one connection; further ones wait in the client. */
  readonly callsPerConnectionMax: number;
  /** Unary calls at once in the whole server; further ones are refused, since nobody would wait for their turn. */
  readonly unaryCallsMax: number;
  /** Server streams at once of one caller, or of one address where the caller is anonymous. */
  readonly streamsPerCallerMax: number;
  /** The deadline of a unary call whose client sets none. */
  readonly unaryTimeoutMs: number;
  /** The latest deadline a client can set for a unary call. */
  readonly unaryTimeoutMaxMs: number;
  /** When a stream is ended with UNAVAILABLE, so that streams spread over new servers and revoked keys lapse. */
  readonly streamAgeMaxMs: number;
  /** How long health and reflection streams live. Nobody has to show a key for them. */
  readonly openStreamAgeMaxMs: number;
  /** How often a server looks at what it needs, and how long that may take to answer. */
  readonly healthIntervalMs: number;
  readonly healthTimeoutMs: number;
  /** How often a silent connection is pinged, and how long the answer may take. */
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  /** How long a connection without calls is kept. */
  readonly connectionIdleMs: number;
  /**
   * When a connection is told to go, so that clients find new servers, and how long its calls may still take: longer
   * than any stream lives, so that each of them ends with a status.
   */
  readonly connectionAgeMaxMs: number;
  readonly connectionAgeGraceMs: number;
}

/** Limits that suit a service in production. */
export const defaultLimits: RpcLimits = {
  requestBytesMax: 64 * 1024,
  responseBytesMax: 4 * 1024 * 1024,
  metadataBytesMax: 16 * 1024,
  connectionsMax: 4_096,
  callsPerConnectionMax: 4_096,
  unaryCallsMax: 4_096,
  streamsPerCallerMax: 1_024,
  unaryTimeoutMs: 10_000,
  unaryTimeoutMaxMs: 60_000,
  streamAgeMaxMs: 15 * 60_000,
  openStreamAgeMaxMs: 5 * 60_000,
  healthIntervalMs: 2_000,
  healthTimeoutMs: 2_000,
  keepaliveIntervalMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  connectionIdleMs: 15 * 60_000,
  connectionAgeMaxMs: 2 * 60_000,
  connectionAgeGraceMs: 16 * 60_000,
};

/** When a connection is told to go: the sooner, the sooner a new server gets its share of the calls. */
export const connectionAge = env.integer('GRPC_CONNECTION_AGE_MS', {
  default: defaultLimits.connectionAgeMaxMs,
  min: 1_000,
  max: defaultLimits.streamAgeMaxMs,
});
