import type { BenchSystem } from './bench-system.ts';
import type { Figure } from './figure.ts';

/** What a scenario has at hand. */
export interface Bench extends BenchSystem {
  /** Ends the bench. */
  readonly signal: AbortSignal;
  /** Tells a person how it goes. */
  readonly say: (text: string) => void;
  /** How many tickets the long line has. */
  readonly tickets: number;
  /** How many charges are made. */
  readonly charges: number;
  /** How many reservations are paid. */
  readonly payments: number;
  /** How many rows the large tables have. */
  readonly rows: number;
  /** How long a scenario may measure: the time that was asked for, or its own. */
  readonly secondsOr: (own: number) => number;
}

/** Measures something, and gives back the system as it found it. */
export type Scenario = (bench: Bench) => Promise<Figure[]>;
