import { LRUCache } from 'lru-cache';
import type { Schedule } from '@boxoffice/proto/inventory';
import type { Deps } from '../deps.ts';
import { present } from '../answers/send.ts';

const rememberMs = 1_000;
const schedulesMax = 10_000;

/** The dates that answers tell something of: each is asked for once a second, however many want to know. */
export class KnownSchedules {
  readonly #known: LRUCache<bigint, Schedule>;

  constructor({ inventory }: Pick<Deps, 'inventory'>, timeoutMs: number) {
    this.#known = new LRUCache({
      max: schedulesMax,
      ttl: rememberMs,
      fetchMethod: async (scheduleId) => (await inventory.getSchedule({ scheduleId }, { timeoutMs })).schedule,
    });
  }

  /**
   * A date, as of a second ago at most.
   *
   * @throws ConnectError SCHEDULE_UNKNOWN, or what else `InventoryService.GetSchedule` fails with.
   */
  async of(scheduleId: bigint): Promise<Schedule> {
    return present(await this.#known.fetch(scheduleId));
  }
}
