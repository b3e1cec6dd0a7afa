import { refuse } from '@boxoffice/runtime/error';

/** What streams tell. */
export const streamKinds = ['positions', 'seats'] as const;
/** What a stream tells. */
export type StreamKind = (typeof streamKinds)[number];

interface StreamRoomOptions {
  /** Streams of the process. */
  readonly streamsMax: number;
  /** Streams of one ticket. */
  readonly streamsPerTicketMax: number;
}

/** Room for streams, of positions and of seats, whatever they travel by. */
export class StreamRoom {
  readonly #options: StreamRoomOptions;
  readonly #perTicket = new Map<string, number>();
  readonly #open = { positions: 0, seats: 0 } satisfies Record<StreamKind, number>;

  constructor(options: StreamRoomOptions) {
    this.#options = options;
  }

  /** How many streams of a kind there are. */
  open(kind: StreamKind): number {
    return this.#open[kind];
  }

  /**
   * Makes room for one more stream of a ticket. Undo it by the function it returns, once.
   *
   * @throws ServiceError STREAM_LIMIT.
   */
  reserve(ticketId: string, kind: StreamKind): () => void {
    const { streamsMax, streamsPerTicketMax } = this.#options;
    const ofTicket = this.#perTicket.get(ticketId) ?? 0;
    if (this.#open.positions + this.#open.seats >= streamsMax || ofTicket >= streamsPerTicketMax) {
      const whose = ofTicket >= streamsPerTicketMax ? 'of this ticket' : 'here';
      throw refuse('STREAM_LIMIT', `there are too many streams ${whose}: try again later`, { retryAfterMs: 5_000 });
    }
    this.#open[kind]++;
    this.#perTicket.set(ticketId, ofTicket + 1);
    return () => {
      this.#open[kind]--;
      const left = (this.#perTicket.get(ticketId) ?? 1) - 1;
      if (left === 0) {
        this.#perTicket.delete(ticketId);
      } else {
        this.#perTicket.set(ticketId, left);
      }
    };
  }
}
