/** Where a Queue may die between two steps that belong to a hold or a payment. */
export const faultPoints = [
  'ticket/before-extension',
  'ticket/extended',
  'ticket/end-written',
  'ticket/end-committed',
] as const;

/** One of them. */
export type FaultPoint = (typeof faultPoints)[number];
