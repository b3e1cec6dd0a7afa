import { statement } from '@boxoffice/runtime/database/statement';

/**
 * The turn to tell of changes: the row is locked, or there is no row, since another has the turn.
 *
 * Locks `catalog_relay`, skipping it when it is locked. Bound: one row.
 */
export const takeCatalogTurn = statement<[], { readonly told_through: bigint }>(
  'take-catalog-turn',
  `select told_through from catalog_relay for update skip locked`,
);

/** Notes how far the caches have been told. The caller holds the lock of the row. Bound: one row. */
export const noteTold = statement<[through: bigint]>(
  'note-catalog-told',
  `update catalog_relay set told_through = $1 where told_through <> $1`,
);
