import type { Action } from '@boxoffice/proto/audit';
import { moment } from './time.ts';

/** The services that keep what operators did. */
export const actionSources = ['queue', 'inventory', 'ledger'] as const;

export type ActionSource = (typeof actionSources)[number];

/** Something that an operator did. */
export function actionAnswer(source: ActionSource, { id, actedAt, operator, action, subject, details }: Action) {
  const said: unknown = JSON.parse(details === '' ? '{}' : details);
  return { id: `${source}-${id}`, at: moment(actedAt), operator, action, subject, details: said };
}
