import { LRUCache } from 'lru-cache';
import type { CallOptions, Client } from '@connectrpc/connect';
import type { InventoryService, Seat } from '@boxoffice/proto/inventory';
import { reasonOf } from '@boxoffice/runtime/error';
import type { Admissions } from '../caller/admissions.ts';
import type { QueueToken } from '../caller/queue-token.ts';
import type { LiveSeatMaps } from './live-seat-maps.ts';
import { SeatListing } from './seat-listing.ts';

interface SeatListsOptions {
  readonly maps: Pick<LiveSeatMaps, 'map'>;
  readonly admissions: Admissions;
  readonly inventory: Pick<Client<typeof InventoryService>, 'listSeats'>;
  /** How long a map may take to come up before the Inventory is asked instead. */
  readonly mapWaitMs?: number;
}

const pageSize = 1_000;
// A date has at most 20,000 seats.
const pagesMax = 20;
// A map that did not come up is not waited for again by everybody who asks.
const pauseMs = 1_000;
const pausesMax = 1_000;

/** The seats of a date for who is admitted: from the live map, or page by page from the Inventory while there is none. */
export class SeatLists {
  readonly #options: Required<SeatListsOptions>;
  readonly #paused = new LRUCache<bigint, true>({ max: pausesMax, ttl: pauseMs });

  constructor(options: SeatListsOptions) {
    this.#options = { mapWaitMs: 300, ...options };
  }

  /**
   * The seats of the token's date as they stand.
   *
   * @throws ServiceError TICKET_WAITING, TICKET_OVER, TOKEN_INVALID, SCHEDULE_UNKNOWN.
   * @throws ConnectError when the Queue or the Inventory cannot be reached.
   */
  async of(token: QueueToken, options: CallOptions): Promise<SeatListing> {
    const { admissions, maps, mapWaitMs } = this.#options;
    const { scheduleId } = token.claims;
    await admissions.check(token, options);
    const waitMs = this.#paused.has(scheduleId) ? 0 : mapWaitMs;
    try {
      return (await maps.map(scheduleId, { waitMs })).listing;
    } catch (error) {
      if (reasonOf(error) !== 'DEPENDENCY_UNAVAILABLE') {
        throw error;
      }
      if (waitMs > 0) {
        this.#paused.set(scheduleId, true);
      }
      return new SeatListing(await this.#walk(token, options));
    }
  }

  async #walk({ text: token, claims: { scheduleId } }: QueueToken, options: CallOptions): Promise<Seat[]> {
    const seats: Seat[] = [];
    for (let read = 0, pageToken = ''; read === 0 || pageToken !== ''; read++) {
      if (read === pagesMax) {
        throw new Error(`schedule ${scheduleId} has more than ${pagesMax * pageSize} seats`);
      }
      const request = { token, scheduleId, pageSize, pageToken };
      const page = await this.#options.inventory.listSeats(request, options);
      seats.push(...page.seats);
      pageToken = page.nextPageToken;
    }
    return seats;
  }
}
