import type { Operation } from '../operation.ts';
import { dialectA } from './a.ts';
import { dialectC } from './c.ts';
import { operationOf } from './contract.ts';
import { dialectE } from './e.ts';

/** The calls of the three published contracts, each below its prefix. */
export const dialectOperations: readonly Operation[] = [dialectA, dialectC, dialectE].flatMap((contract) =>
  contract.rows.map((row) => operationOf(contract, row)),
);
