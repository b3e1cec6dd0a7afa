import type { Outcome } from './outcome.ts';
import { allPoints, programOf, type Point } from './points.ts';
import type { ProtocolName } from './protocols.ts';

/** One death in one protocol. */
export interface Row {
  readonly protocol: ProtocolName;
  readonly point: Point;
  /** A death here comes first, so that there is something to be taken over; the second one happens at that. */
  readonly first?: Point;
  /** Whoever reaches this one does not answer. */
  readonly silent?: Point;
  /** One member instead of two, and no other row at the same time: calls that stand here hold others up. */
  readonly alone?: true;
  /** What there may be for who calls again with the same request id, and for who does not. */
  readonly retried: readonly Outcome[];
  readonly left: readonly Outcome[];
}

type Ends = Pick<Row, 'retried' | 'left'>;

/** It had happened, and the answer was lost: the same with another call and without. */
const done = (outcome: Outcome): Ends => ({ retried: [outcome], left: [outcome] });
/** Nothing had happened. */
const undone = (retried: Outcome, left: Outcome): Ends => ({ retried: [retried], left: [left] });
/** The program that died was only asked, and may be back before the asking is given up. */
const either = (retried: Outcome, left: Outcome): Ends => ({ retried: [retried], left: [retried, left] });

const row = (protocol: ProtocolName, point: Point, ends: Ends, more: Partial<Row> = {}): Row => ({
  protocol,
  point,
  ...more,
  ...ends,
});

const begunPayment = { first: 'pay/t1-committed' } as const;
const begunRefund = { first: 'refund/begun' } as const;
const settledPayment = { first: 'pay/settled' } as const;

/** Every point in every protocol that passes it. */
export const rows: readonly Row[] = [
  row('charge', 'charge/written', undone('charged', 'not charged'), { alone: true }),
  row('charge', 'charge/committed', done('charged'), { alone: true }),

  row('hold', 'hold/written', undone('held', 'open')),
  row('hold', 'hold/committed', done('held')),
  row('hold', 'ticket/before-extension', either('held', 'open')),
  row('hold', 'ticket/extended', either('held', 'open')),
  row('hold', 'hold/ticket-extended', done('held')),
  // A Queue that does not answer is what a hold is given up for.
  row('hold', 'hold/before-giving-up', done('held'), { silent: 'ticket/before-extension' }),
  row('hold', 'hold/giving-up-written', done('held'), { silent: 'ticket/before-extension' }),
  row('hold', 'hold/given-up', undone('held', 'open'), { silent: 'ticket/before-extension' }),

  row('extension', 'ticket/before-extension', either('extended', 'held')),
  row('extension', 'ticket/extended', either('extended', 'held')),
  row('extension', 'extension/ticket-extended', undone('extended', 'held')),
  row('extension', 'extension/written', undone('extended', 'held')),
  row('extension', 'extension/committed', done('extended')),

  row('payment', 'pay/before-t1', undone('paid', 'held')),
  row('payment', 'pay/t1-written', undone('paid', 'held')),
  row('payment', 'pay/t1-committed', done('paid')),
  row('payment', 'resume/taken-over', done('paid'), begunPayment),
  row('payment', 'decision/written', done('paid')),
  row('payment', 'decision/committed', done('paid')),
  row('payment', 'pay/decided', done('paid')),
  row('payment', 'pay/settled', done('paid')),
  row('payment', 'relay/taken', done('paid'), settledPayment),
  row('payment', 'ticket/end-written', done('paid')),
  row('payment', 'ticket/end-committed', done('paid')),
  row('payment', 'relay/ticket-completed', done('paid'), settledPayment),
  row('payment', 'pay/ticket-completed', done('paid')),
  row('payment', 'pay/before-answer', done('paid')),

  row('rejected payment', 'resume/taken-over', done('open'), begunPayment),
  row('rejected payment', 'decision/written', done('open'), begunPayment),
  row('rejected payment', 'decision/committed', done('open'), begunPayment),
  row('rejected payment', 'pay/decided', done('open'), begunPayment),
  row('rejected payment', 'pay/settled', done('open'), begunPayment),

  row('refund', 'refund/before-begin', undone('refunded', 'paid')),
  row('refund', 'refund/begin-written', undone('refunded', 'paid')),
  row('refund', 'refund/begun', done('refunded')),
  row('refund', 'resume/taken-over', done('refunded'), begunRefund),
  row('refund', 'decision/written', done('refunded')),
  row('refund', 'decision/committed', done('refunded')),
  row('refund', 'refund/decided', done('refunded')),
  row('refund', 'refund/settled', done('refunded')),
  row('refund', 'refund/before-answer', done('refunded')),
];

/**
 * Rows that are played by the same deaths: of one program, whose callers stand at all the points of the batch when it dies
 * under them. What is taken over is so in one call, which stands at its point alone. In a batch, the rows are in the order in
 * which a call comes to their points: who is to stand at a later one passes the earlier ones, which are full by then.
 */
export function batchesOf(chosen: readonly Row[]): Row[][] {
  const orderOf = ({ first, point }: Row): number => allPoints.indexOf(first ?? point);
  return [...Map.groupBy(chosen, keyOf).values()].map((batch) => batch.toSorted((a, b) => orderOf(a) - orderOf(b)));
}

/** Whether its point is in the taking over itself, which is done in one call for all that was left standing. */
export function isTakenOver({ point }: Row): boolean {
  return /^(resume|relay)\//.test(point);
}

function keyOf(row: Row): string {
  const { point, first, silent, alone } = row;
  if (alone || isTakenOver(row)) return point;
  const when = first ? 'second' : (silent ?? 'first');
  return `${when} ${programOf(point)}`;
}
