/** The buyer's page in English. The other languages have the same keys, by type. */
export const en = {
  concertsTitle: 'On sale now',
};

/** The texts of the buyer's page. */
export type Words = typeof en;
