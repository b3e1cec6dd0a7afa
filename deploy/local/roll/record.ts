/** What happened while one thing was done to the system. */
export interface Phase {
  /** What was done, such as `queue-2`; `before` and `after` are the quiet times. */
  readonly name: string;
  readonly beganMs: number;
  endedMs: number;
  /** From the signal until the process was gone; undefined where none was sent. */
  goneAfterMs: number | undefined;
  /** From the signal until its successor was well. */
  wellAfterMs: number | undefined;
  /** When purchases were complete. */
  readonly purchasesMs: number[];
  /** How long callers waited for each answer, tries again included. */
  readonly answersMs: number[];
  /** Tries that came to nothing and were made again, by what was wrong. */
  readonly retries: Map<string, number>;
  /** Streams that ended before their ticket had been admitted, and those that went on. */
  streamsEnded: number;
  streamsResumed: number;
  /** What no client could have mended: nothing, if all is well. */
  readonly faults: string[];
}

/** Keeps what happens, phase by phase. */
export class Record {
  readonly phases: Phase[] = [];

  /** What is under way now. */
  get now(): Phase {
    const phase = this.phases.at(-1);
    if (phase === undefined) throw new Error('no phase has begun');
    return phase;
  }

  /** Ends the phase that is under way, and begins the next. */
  begin(name: string): Phase {
    const nowMs = performance.now();
    this.end(nowMs);
    const phase: Phase = {
      name,
      beganMs: nowMs,
      endedMs: Infinity,
      goneAfterMs: undefined,
      wellAfterMs: undefined,
      purchasesMs: [],
      answersMs: [],
      retries: new Map(),
      streamsEnded: 0,
      streamsResumed: 0,
      faults: [],
    };
    this.phases.push(phase);
    return phase;
  }

  /** Ends the last phase. */
  end(nowMs = performance.now()): void {
    const last = this.phases.at(-1);
    if (last !== undefined) last.endedMs = nowMs;
  }

  /** Notes a try that was made again. */
  retried(reason: string): void {
    const { retries } = this.now;
    retries.set(reason, (retries.get(reason) ?? 0) + 1);
  }

  /** What no client could have mended, in all phases. */
  get faults(): readonly string[] {
    return this.phases.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
  }
}

/** The longest time of a phase without a purchase, in milliseconds. */
export function longestGapMs({ beganMs, endedMs, purchasesMs }: Phase): number {
  const moments = [beganMs, ...purchasesMs, endedMs];
  return Math.max(...moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0)));
}

/** What a share (0 to 1) of times did not exceed; 0 when there are none. */
export function quantileMs(timesMs: readonly number[], share: number): number {
  return timesMs.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * timesMs.length) - 1)] ?? 0;
}
