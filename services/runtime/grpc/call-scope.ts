import { randomUUID } from 'node:crypto';

import type { Span } from '@opentelemetry/api';
import type { Metadata } from '@grpc/grpc-js';

import { requestIdHeader, requestIdPattern, type Scope } from '../telemetry/scope.ts';

/** The scope of a call that has come in. */
export class CallScope implements Scope {
  readonly span: Span | undefined;
  #requestId: string | undefined;

  constructor(metadata: Metadata, span: Span | undefined) {
    const [sent] = metadata.get(requestIdHeader);
    this.#requestId = typeof sent === 'string' && requestIdPattern.test(sent) ? sent : undefined;
    this.span = span;
  }

  /** The caller's own, where it has sent one; else made when it is first asked for: most calls have nothing to tell. */
  get requestId(): string {
    return (this.#requestId ??= randomUUID());
  }
}
