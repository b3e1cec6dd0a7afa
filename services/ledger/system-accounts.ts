import type { Pool } from '@boxoffice/runtime/database/pool';

import { currency } from './account.ts';
import { findRevenueAccount, findTopUpAccount } from './sql/find-account.ts';
import { openRevenueAccount, openTopUpAccount } from './sql/open-account.ts';

/** Ids never change, so what was read once is true for ever; the limit is on memory. */
const rememberedMax = 10_000;

/** The system's own accounts, opened when they are first needed. Ask outside of transactions. */
export class SystemAccounts {
  readonly #pool: Pool;
  readonly #ids = new Map<string, bigint>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Where the charges of a partner's members come from. */
  topUp(partner: string): Promise<bigint> {
    return this.#remember(`top-up ${partner}`, async () => {
      const found = await findTopUpAccount.maybe(this.#pool, [partner, currency]);
      const opened = found ?? (await openTopUpAccount.maybe(this.#pool, [partner, currency]));
      // Somebody else has opened it in between.
      return opened ?? (await findTopUpAccount.one(this.#pool, [partner, currency]));
    });
  }

  /** Where the payments for a schedule go. */
  revenue(scheduleId: bigint): Promise<bigint> {
    return this.#remember(`revenue ${scheduleId}`, async () => {
      const found = await findRevenueAccount.maybe(this.#pool, [scheduleId, currency]);
      const opened = found ?? (await openRevenueAccount.maybe(this.#pool, [scheduleId, currency]));
      return opened ?? (await findRevenueAccount.one(this.#pool, [scheduleId, currency]));
    });
  }

  async #remember(name: string, find: () => Promise<{ id: bigint }>): Promise<bigint> {
    const remembered = this.#ids.get(name);
    if (remembered !== undefined) return remembered;
    const { id } = await find();
    const [oldest] = this.#ids.keys();
    if (this.#ids.size >= rememberedMax && oldest !== undefined) this.#ids.delete(oldest);
    this.#ids.set(name, id);
    return id;
  }
}
