import type { Words } from './en.ts';

/** The buyer's page in Korean. */
export const ko: Words = {
  concertsTitle: '지금 예매 중',
};
