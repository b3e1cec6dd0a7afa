/** A part of a trace, as it is shown. */
export interface Span {
  readonly traceId: string;
  readonly id: string;
  /** Undefined for the first. */
  readonly parentId: string | undefined;
  /** `queue`, `bff`, … */
  readonly program: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly isFailed: boolean;
}

/** The body of `/v1/traces` in JSON, as far as it is read here. */
export interface TraceRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly SentSpan[] }[];
  }[];
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number };
}

/** By their numbers in OTLP; 0 is none. */
const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const failedCode = 2;

/** The spans that a program has sent. */
export function spansIn({ resourceSpans = [] }: TraceRequest): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const service = resource?.attributes?.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    const program = service.replace(/^boxoffice-/, '');
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => spanOf(program, span)));
  });
}

function spanOf(program: string, sent: SentSpan): Span {
  const { traceId, spanId, parentSpanId, name, kind = 0, startTimeUnixNano, endTimeUnixNano, status } = sent;
  return {
    ...{ traceId, program, name },
    id: spanId,
    parentId: parentSpanId === '' ? undefined : parentSpanId,
    kind: kinds[kind] ?? 'internal',
    startNs: BigInt(startTimeUnixNano),
    endNs: BigInt(endTimeUnixNano),
    isFailed: status?.code === failedCode,
  };
}
