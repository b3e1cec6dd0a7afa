import { refuse } from '@boxoffice/runtime/error';

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
  #count = 0;

  constructor(options: StreamRoomOptions) {
    this.#options = options;
  }

  /**
   * Makes room for one more stream of a ticket. Undo it by the function it returns, once.
   *
   * @throws ServiceError STREAM_LIMIT.
   */
  reserve(ticketId: string): () => void {
    const { streamsMax, streamsPerTicketMax } = this.#options;
    const ofTicket = this.#perTicket.get(ticketId) ?? 0;
    if (this.#count >= streamsMax || ofTicket >= streamsPerTicketMax) {
      const whose = ofTicket >= streamsPerTicketMax ? 'of this ticket' : 'here';
      throw refuse('STREAM_LIMIT', `there are too many streams ${whose}: try again later`, { retryAfterMs: 5_000 });
    }
    this.#count++;
    this.#perTicket.set(ticketId, ofTicket + 1);
    return () => {
      this.#count--;
      const left = (this.#perTicket.get(ticketId) ?? 1) - 1;
      if (left === 0) {
        this.#perTicket.delete(ticketId);
      } else {
        this.#perTicket.set(ticketId, left);
      }
    };
  }
}
