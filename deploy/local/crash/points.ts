import { faultPoints as inventoryPoints } from '@boxoffice/inventory/fault-points';
import { faultPoints as ledgerPoints } from '@boxoffice/ledger/fault-points';
import { faultPoints as queuePoints } from '@boxoffice/queue/fault-points';

/** The fault points of each program. Their names are different in all of them, so that one plan serves a whole system. */
export const pointsOf = { ledger: ledgerPoints, inventory: inventoryPoints, queue: queuePoints } as const;

/** A program that has fault points. */
export type Mortal = keyof typeof pointsOf;

/** A fault point of any of them. */
export type Point = (typeof pointsOf)[Mortal][number];

/** All there are. */
export const allPoints: readonly Point[] = Object.values(pointsOf).flat();

/** Who dies at a point. */
export function programOf(point: Point): Mortal {
  const found = (Object.keys(pointsOf) as Mortal[]).find((name) =>
    (pointsOf[name] as readonly string[]).includes(point),
  );
  if (found === undefined) throw new Error(`no program has a fault point ${point}`);
  return found;
}
