import type { CallOptions } from '@connectrpc/connect';
import { reasonOf } from '@boxoffice/runtime/error';
import { Memory, type MemoryEntry } from '@boxoffice/runtime/memory';
import type { WakeUps } from '@boxoffice/runtime/redis/wake-ups';
import { publicAnswer, type PublicAnswer } from './public-answer.ts';

interface CatalogueAnswersOptions {
  readonly wakeUps: WakeUps;
  /** How long a call to Inventory may take. */
  readonly readTimeoutMs: number;
}

const answersMax = 10_000;
const bytesMax = 64 * 1_024 * 1_024;
/** Of an answer, beside its body. */
const answerBytes = 1_024;
/** Twice what an instance of Inventory may be behind with what was told: see `settleMs`. */
const settleMs = 2_000;

/** Addresses that lead nowhere: asked for by whoever guesses, or was there before the rest of the system. */
const refusalsMax = 1_000;
const refusalMs = 500;
const keptReasons: ReadonlySet<unknown> = new Set(['CONCERT_UNKNOWN', 'SCHEDULE_UNKNOWN']);

/**
 * Answers of the catalogue, ready to be sent: the same for everybody, whoever asks. A rush to one of them is one call to
 * Inventory. What only calls change is kept for as long as this process hears of changes, everything else for half a second.
 */
export class CatalogueAnswers implements Disposable {
  readonly #answers: Memory<PublicAnswer>;
  readonly #refusals: Memory<Error>;
  readonly #readTimeoutMs: number;

  constructor({ wakeUps, readTimeoutMs }: CatalogueAnswersOptions) {
    const of = ({ bytes }: PublicAnswer): number => bytes.length + answerBytes;
    const size = { max: bytesMax, of };
    this.#answers = new Memory({ wakeUps, entriesMax: answersMax, size, settleMs, loadsAhead: true });
    this.#refusals = new Memory({ wakeUps, entriesMax: refusalsMax });
    this.#readTimeoutMs = readTimeoutMs;
  }

  /** An answer, if it is here. */
  peek(entry: MemoryEntry): PublicAnswer | undefined {
    return this.#answers.peek(entry);
  }

  /**
   * An answer, from here or from Inventory.
   *
   * @param ask calls Inventory and gives the body. The call is for all who wait, and ends with none of them; its request id is
   * that of the first.
   * @throws whatever `ask` throws; for half a second again when there is no such thing.
   */
  async read(
    entry: MemoryEntry,
    requestId: string,
    ask: (options: CallOptions) => Promise<object>,
  ): Promise<PublicAnswer> {
    const refusal = this.#refusals.peek(shortly(entry));
    if (refusal !== undefined) {
      throw refusal;
    }
    const options = { timeoutMs: this.#readTimeoutMs, headers: { 'x-request-id': requestId } };
    return this.#answers.read(entry, async () => {
      try {
        return publicAnswer(await ask(options));
      } catch (error) {
        if (error instanceof Error && keptReasons.has(reasonOf(error))) {
          await this.#refusals.read(shortly(entry), async () => error);
        }
        throw error;
      }
    });
  }

  /** Forgets groups here at once: this process has changed something. */
  forget(...groups: readonly string[]): void {
    this.#answers.forget(...groups);
    this.#refusals.forget(...groups);
  }

  [Symbol.dispose](): void {
    this.#answers[Symbol.dispose]();
    this.#refusals[Symbol.dispose]();
  }
}

function shortly({ group, field }: MemoryEntry): MemoryEntry {
  return { group, field, momentMs: refusalMs };
}
