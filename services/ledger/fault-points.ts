/**
 * Where a Ledger may die between two steps that belong together, in the order of the steps. T1, C1, T2 and Q1 are those of the
 * README; a single statement has no inside, so there is a point before it and one after it.
 */
export const faultPoints = [
  'pay/before-t1',
  'pay/t1-written',
  'pay/t1-committed',
  'pay/decided',
  'pay/settled',
  'pay/ticket-completed',
  'pay/before-answer',
  'refund/before-begin',
  'refund/begin-written',
  'refund/begun',
  'refund/decided',
  'refund/settled',
  'refund/before-answer',
  'charge/written',
  'charge/committed',
  'resume/taken-over',
  'relay/taken',
  'relay/ticket-completed',
] as const;

/** One of them. */
export type FaultPoint = (typeof faultPoints)[number];
