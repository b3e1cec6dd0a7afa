import type { Reason } from '@boxoffice/proto/reasons';
import type { WebReason } from '../http/web-error.ts';
import type { AuthMode } from './document.ts';
import type { Operation } from './operation.ts';
import { refusalsOf } from './refusals.ts';

type AnyReason = Reason | WebReason;

const ofCaller: Readonly<Record<Operation['caller'], readonly AnyReason[]>> = {
  open: [],
  member: ['ACCESS_TOKEN_MISSING', 'ACCESS_TOKEN_INVALID'],
  operator: ['KEY_MISSING', 'KEY_INVALID', 'CALLER_NOT_ALLOWED'],
};
// Whatever a call needs may be away, or have too much to do.
const ofParts: readonly AnyReason[] = ['DEPENDENCY_UNAVAILABLE', 'OVERLOADED', 'BUSY', 'DRAINING'];
const ofBodies: readonly AnyReason[] = ['REQUEST_INVALID', 'BODY_TOO_LARGE', 'CONTENT_UNSUPPORTED'];

/** Every reason that a call is refused for: what its RPCs say, and what follows from what it takes. */
export function reasonsOf(operation: Operation, authMode: AuthMode): AnyReason[] {
  const { caller, body, parameters, headers, token, repeatable, path, rpcs, reasons = [], never = [] } = operation;
  const takesAnything = parameters !== undefined || headers !== undefined || repeatable === true;
  const isOfSchedule = path.includes('/schedules/{id}/');
  const all: readonly AnyReason[] = [
    ...(caller === 'member' && authMode === 'open' ? [] : ofCaller[caller]),
    ...(takesAnything ? (['REQUEST_INVALID'] as const) : []),
    ...(body === undefined ? [] : ofBodies),
    ...(token === undefined ? [] : (['TOKEN_INVALID'] as const)),
    ...(token === 'required' && isOfSchedule ? (['TOKEN_OF_ANOTHER_SCHEDULE'] as const) : []),
    ...rpcs.flatMap(refusalsOf),
    ...(rpcs.length === 0 ? [] : ofParts),
    ...reasons,
  ];
  const excluded: ReadonlySet<AnyReason> = new Set(never);
  return [...new Set(all)].filter((reason) => !excluded.has(reason));
}
