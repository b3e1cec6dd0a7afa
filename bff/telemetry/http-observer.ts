import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Span } from '@opentelemetry/api';
import type { Telemetry } from '@boxoffice/runtime/telemetry/telemetry';
import { failSpan } from '@boxoffice/runtime/telemetry/span';
import type { Traces } from '@boxoffice/runtime/telemetry/traces';
import type { FastLane } from '../fast-lane/fast-lane.ts';
import { laneRoute } from '../fast-lane/lane-route.ts';
import type { Traffic } from '../traffic.ts';
import { observe, observedOf, type Answering, type ObservedRequest } from './observed-request.ts';
import { RequestDurations } from './request-durations.ts';

/** Whoever asked went away before the answer was sent. No HTTP status; nginx began to call it so. */
const goneStatus = 499;
const unknownRoute = 'other';

/**
 * Measures and traces requests, whatever door they come in by. It is there only where somebody looks, and hears of the end of
 * an answer in place of {@link Traffic}, which it tells.
 *
 * A stream is told of when it begins: how long its reader stays is no duration of a request.
 */
export class HttpObserver {
  readonly #durations: RequestDurations | undefined;
  readonly #traces: Traces | undefined;
  readonly #traffic: Traffic;

  constructor({ metrics, traces }: Telemetry, traffic: Traffic) {
    this.#durations = metrics && new RequestDurations(metrics);
    this.#traces = traces;
    this.#traffic = traffic;
  }

  /** Looks at a request from its head to the end of its answer. */
  begin({ method = '' }: IncomingMessage, res: ServerResponse, startedMs = performance.now()): ObservedRequest {
    const request: ObservedRequest = { method, startedMs, answering: undefined, span: undefined, isOver: false };
    observe(res, request);
    res.on('close', () => this.#end(request, res));
    return request;
  }

  /**
   * A fast lane that is looked at, and leaves alone what has to be followed: it has no hops to tell of. What it has answered
   * when it returns is told of at once, without keeping it until its end is heard of.
   */
  lane(lane: FastLane): FastLane {
    return (req, res) => {
      if (this.#traces !== undefined && isFollowed(req)) return false;
      const startedMs = performance.now();
      if (!lane(req, res)) return false;
      if (res.writableEnded) {
        this.#traffic.count(res);
        this.#durations?.record(laneRoute(req), req.method ?? '', res.statusCode, performance.now() - startedMs);
      } else {
        this.begin(req, res, startedMs).answering = laneRoute(req);
      }
      return true;
    };
  }

  /** Hears who answers. @returns the request's span where it is traced. */
  follow(res: ServerResponse, requestId: string, answering: Answering): Span | undefined {
    const request = observedOf(res);
    if (request === undefined) {
      return undefined;
    }
    const { req } = res;
    request.answering = answering;
    request.span = this.#traces?.begin(request.method, traceparentIn(req), {
      attributes: {
        'http.request.method': request.method,
        // Never the query: a stream's token may be in it.
        'url.path': (req.url ?? '').split('?', 1)[0],
        'boxoffice.request_id': requestId,
      },
    });
    return request.span;
  }

  /** Hears that an answer which is a stream has begun. */
  streams(res: ServerResponse): void {
    const request = observedOf(res);
    if (request?.isOver === false) this.#tell(request, res.statusCode);
  }

  #end(request: ObservedRequest, res: ServerResponse): void {
    const { writableFinished: isSent, statusCode } = res;
    const { answering, isOver } = request;
    if (isSent) this.#traffic.answered(statusCode);
    if (isOver) return;
    const status = typeof answering === 'object' ? answering.status() : statusCode;
    this.#tell(request, isSent ? status : goneStatus);
  }

  #tell(request: ObservedRequest, status: number): void {
    request.isOver = true;
    const { answering, method, span, startedMs } = request;
    const route = typeof answering === 'object' ? answering.route() : answering;
    this.#durations?.record(route ?? unknownRoute, method, status, performance.now() - startedMs);
    if (span !== undefined) endSpan(span, { route, method, status });
  }
}

function endSpan(span: Span, { route, method, status }: { route: string | undefined; method: string; status: number }) {
  span.setAttribute('http.response.status_code', status);
  if (route !== undefined) {
    span.updateName(`${method} ${route}`);
    span.setAttribute('http.route', route);
  }
  if (status >= 500) failSpan(span);
  span.end();
}

function traceparentIn({ headers: { traceparent } }: IncomingMessage): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** The caller's trace is kept: the lowest bit of the flags, which stand last. */
function isFollowed(req: IncomingMessage): boolean {
  const flags = traceparentIn(req)?.at(-1);
  return flags !== undefined && (Number.parseInt(flags, 16) & 1) === 1;
}
