/** Accounts by number: money goes from the first half of them to the second. */
export const accountCount = 50;
/** How many accounts money comes from, numbers from 0 on; to as many others it goes, numbers from this one on. */
export const sourceCount = accountCount / 2;

/** A ledger that can be measured: over connections of its own, one for each of its clients. */
export interface LedgerUnderTest extends AsyncDisposable {
  /** Moves money from one account to another, and resolves when that is durable. */
  transfer(from: number, to: number, amount: bigint): Promise<void>;
}

/** What can be opened, again and again, on one database. */
export interface LedgerKind {
  readonly name: string;
  /** Makes its tables and its 50 accounts. */
  setUp(url: string): Promise<void>;
  open(url: string, clients: number): Promise<LedgerUnderTest>;
  /** How many transfers there are. @throws Error when the books do not balance. */
  audit(url: string): Promise<number>;
}
