/** A waiting ticket that has been seen. */
export interface SeenTicket {
  readonly scheduleId: bigint;
  readonly number: bigint;
}

/**
 * A place beside PostgreSQL, faster and not durable, that keeps which waiting tickets have been seen. It may be away, and it
 * may lose what it keeps; it must not hide either. Whatever fails here throws, within a second.
 */
export interface PresenceStore {
  /** Names what is kept there: another name than before, and what was kept before is lost. */
  generation(): Promise<string>;
  /** Stores that tickets are seen now. @returns the generation that it is kept in. */
  note(seen: readonly SeenTicket[]): Promise<string>;
  /**
   * Those of the tickets of a queue that were not seen for a time; undefined when that cannot be known: it is another
   * generation by now, or has not been kept for that long.
   */
  unseen(
    generation: string,
    scheduleId: bigint,
    numbers: readonly bigint[],
    ttlMs: number,
  ): Promise<readonly bigint[] | undefined>;
}
