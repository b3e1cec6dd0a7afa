import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';

/** Something that an answer has promised. */
export type Fact =
  | { readonly kind: 'account'; readonly memberId: string }
  | { readonly kind: 'charge'; readonly memberId: string; readonly transferId: number; readonly amount: number }
  | { readonly kind: 'ticket'; readonly scheduleId: number; readonly number: number; readonly memberId: string }
  | { readonly kind: 'left'; readonly scheduleId: number; readonly number: number }
  | {
      readonly kind: 'hold';
      readonly reservationId: number;
      readonly memberId: string;
      readonly amount: number;
      readonly seats: number;
    }
  | { readonly kind: 'released'; readonly reservationId: number }
  | {
      readonly kind: 'payment';
      readonly paymentId: number;
      readonly reservationId: number;
      readonly memberId: string;
      readonly amount: number;
    };

/** What a demo was promised, and by which databases. */
export interface Promises {
  readonly database: string;
  readonly facts: readonly Fact[];
}

/** Keeps what was promised, line by line, for the comparison with what is there (I16). */
export interface Journal extends AsyncDisposable {
  add(fact: Fact): void;
}

const journalFile = (home: string): string => join(home, 'demo-journal.jsonl');

/** Begins the journal of a demo, in place of the one before. Disposing writes it to the end. */
export function openJournal(home: string, database: string): Journal {
  const stream = createWriteStream(journalFile(home), { mode: 0o600 });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined); // Told to whoever disposes.
  stream.on('error', (error) => failed.reject(error));
  const write = (line: object): void => void stream.write(`${JSON.stringify(line)}\n`);
  write({ database });
  return {
    add: write,
    async [Symbol.asyncDispose]() {
      stream.end();
      await Promise.race([finished(stream), failed.promise]);
    },
  };
}

/** The journal of the last demo; undefined when there is none. A last line that was cut short is left out. */
export async function readJournal(home: string): Promise<Promises | undefined> {
  const text = await readFile(journalFile(home), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [head, ...lines] = text.split('\n').slice(0, -1);
  if (head === undefined) return undefined;
  const { database } = JSON.parse(head) as { database: string }; // We wrote it.
  return { database, facts: lines.map((line) => JSON.parse(line) as Fact) };
}
