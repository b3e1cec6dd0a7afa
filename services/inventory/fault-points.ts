/** Where an Inventory may die between two steps that belong together, in the order of the steps. */
export const faultPoints = [
  'decision/written',
  'decision/committed',
  'hold/written',
  'hold/committed',
  'hold/ticket-extended',
  'hold/before-giving-up',
  'hold/giving-up-written',
  'hold/given-up',
  'extension/ticket-extended',
  'extension/written',
  'extension/committed',
] as const;

/** One of them. */
export type FaultPoint = (typeof faultPoints)[number];
