import { Dictionary } from '../language.ts';
import { en } from './words/en.ts';
import { ko } from './words/ko.ts';

/** All that the buyer's page says. */
export const dictionary = new Dictionary({ en, ko });
