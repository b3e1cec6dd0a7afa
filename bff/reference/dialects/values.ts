import type { Parameter } from '../operation.ts';
import { memberInPath } from '../parameters.ts';
import { object, type Schema } from '../schema.ts';

// What the published contracts have in common.

export const text = { type: 'string' };
export const whole = { type: 'integer', format: 'int64' };
export const day = { type: 'string', format: 'date' };
export const moment = { type: 'string', format: 'date-time' };
export const count = { type: 'integer', minimum: 0 };
export const idValue = { ...whole, minimum: 1 };
export const won = { ...whole, minimum: 0, description: 'Whole won.' };
export const amount = { ...whole, minimum: 1, maximum: 1_000_000_000_000, description: 'Whole won.' };
export const member = {
  type: ['string', 'integer'],
  minLength: 1,
  maxLength: 64,
  description: 'The member: a text or a number.',
};
export const token = { ...text, description: 'The queue token.' };
export const balance = object('The balance.', { balance: won });
export const tokenInQuery: Parameter = { description: 'The queue token, instead of the header.', schema: text };
export const memberParameter: Parameter = { ...memberInPath, required: true };
export const list = (items: Schema): Schema => ({ type: 'array', items });
