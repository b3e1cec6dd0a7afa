import type { Databases } from '@boxoffice/local/verify/databases';

/** In minutes, before the last that was delivered: more than databases differ that were taken to the same time. */
const againMinutes = 10;

/**
 * Has the Ledger tell the Queue again of the latest payments: a Queue that was taken back further does not know that their
 * tickets are over, and what is delivered is told no more. A Queue that knows it takes it as told.
 *
 * @returns how many messages will be delivered again, once the programs run.
 */
export async function deliverAgain({ ledger }: Databases): Promise<number> {
  const { rowCount } = await ledger.query(
    `update ticket_messages set delivered_at = null, next_attempt_at = clock_timestamp()
     where delivered_at > (select max(delivered_at) from ticket_messages) - make_interval(mins => $1)`,
    [againMinutes],
  );
  return rowCount ?? 0;
}
