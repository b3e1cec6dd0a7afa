import { SpanKind, type Counter } from '@opentelemetry/api';
import type pg from 'pg';

import { Durations } from '../telemetry/durations.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { failSpan } from '../telemetry/span.ts';
import type { Traces } from '../telemetry/traces.ts';

/** Measures and traces what is sent to a database, by the names of statements; never what they are given. */
export class StatementObserver {
  readonly #durations: Durations | undefined;
  readonly #failures: Counter | undefined;
  readonly #traces: Traces | undefined;
  readonly #schema: string;
  readonly #seen = new Set<string>();

  constructor({ metrics, traces }: Telemetry, schema: string) {
    const name = 'boxoffice_database_statement_duration_seconds';
    this.#durations = metrics && new Durations(metrics, name, 'From sending a statement to its result', ['statement']);
    this.#failures = metrics?.createCounter('boxoffice_database_statement_failures', {
      description: 'Statements that the database refused, or did not answer',
    });
    this.#traces = traces;
    this.#schema = schema;
  }

  /** Runs a statement. */
  async watch<T>(statement: string, run: () => Promise<T>): Promise<T> {
    if (!this.#seen.has(statement)) this.#begin(statement);
    const startedMs = performance.now();
    const span = this.#traces?.child(statement, {
      kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'postgresql', 'db.namespace': this.#schema, 'db.query.summary': statement },
    });
    try {
      return await run();
    } catch (error) {
      this.#failures?.add(1, { statement });
      if (span !== undefined) failSpan(span);
      throw error;
    } finally {
      this.#durations?.record(statement, startedMs);
      span?.end();
    }
  }

  /** From no failure on, so that the first one is seen as a rise. */
  #begin(statement: string): void {
    this.#seen.add(statement);
    this.#failures?.add(0, { statement });
  }
}

const key = Symbol('statement observer');

type Observed = pg.ClientBase & { [key]?: StatementObserver };

/** Has what runs on a connection observed. */
export function observe(client: Observed, observer: StatementObserver | undefined): void {
  if (observer !== undefined) client[key] = observer;
}

/** Runs what goes over a connection, observed where somebody looks. */
export function observed<T>(client: Observed, statement: string, run: () => Promise<T>): Promise<T> {
  const observer = client[key];
  return observer === undefined ? run() : observer.watch(statement, run);
}
