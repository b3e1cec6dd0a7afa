/** How long the steps of a payment may take, and what the Ledger keeps. */
export interface Limits {
  /** For all steps of one drive, retries included. Shorter than the lease, so that two seldom drive the same payment. */
  readonly driveTimeoutMs: number;
  /** After it, a payment that is still under way may be taken over. */
  readonly leaseMs: number;
  /** How long before its caller's deadline a call answers with what there is. */
  readonly answerMarginMs: number;
  /** For one call of Inventory within a drive; it is tried again until the drive's time is up. */
  readonly decisionTimeoutMs: number;
  /** For ending the ticket while the payer waits; after it, the relay does. */
  readonly completeTimeoutMs: number;
  /** For ending a ticket by its message. */
  readonly relayTimeoutMs: number;
  /** How long answers are kept for requests that come again; a payment keeps its own for ever. */
  readonly requestRetentionSeconds: number;
}
