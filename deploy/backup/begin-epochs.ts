import type { Databases } from '@boxoffice/local/verify/databases';

/** The log of events of a service, as it goes on from now. */
export interface BegunEpoch {
  readonly service: 'queue' | 'inventory' | 'ledger';
  readonly epoch: string;
  /** How far the log has come; the next event has the position after it. */
  readonly position: bigint;
}

const services = ['queue', 'inventory', 'ledger'] as const;

/**
 * Begins a new epoch of every log of events, so that no cursor of before is taken for one of this log: the database has been
 * taken back to an earlier time, and positions that were given once are given again, to other events. Entries of the streams
 * in Redis come behind those of before, since their ids begin with the time at which the log was begun.
 */
export async function beginEpochs(databases: Databases): Promise<BegunEpoch[]> {
  const begun: BegunEpoch[] = [];
  for (const service of services) {
    const { rows } = await databases[service].query<Omit<BegunEpoch, 'service'>>(
      `update event_head set epoch = gen_random_uuid(), begun_at = date_trunc('milliseconds', clock_timestamp())
       returning epoch, position`,
    );
    const [head] = rows;
    if (head === undefined) throw new Error(`The schema ${service} has no log of events`);
    begun.push({ service, ...head });
  }
  return begun;
}
