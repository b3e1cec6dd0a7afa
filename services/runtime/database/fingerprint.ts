import { createHash } from 'node:crypto';

import { toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';

/**
 * SHA-256 over an operation and its request: two requests have the same one exactly when they ask for the same.
 *
 * The binary form is deterministic here: fields are written in the order of their numbers. Maps are not (they come in the
 * order in which a client happened to send them), so they are refused.
 *
 * @throws Error when the request's type contains a map.
 */
export function fingerprint<D extends DescMessage>(operation: string, schema: D, request: MessageShape<D>): Buffer {
  assertNoMap(schema);
  return createHash('sha256').update(operation).update('\0').update(toBinary(schema, request)).digest();
}

const withoutMap = new WeakSet<DescMessage>();

function assertNoMap(schema: DescMessage): void {
  if (withoutMap.has(schema)) return;
  const reached = new Set<DescMessage>([schema]);
  for (const { fields } of reached) {
    for (const field of fields) {
      if (field.fieldKind === 'map')
        throw new Error(`${field.toString()} is a map: a request with it has no fingerprint`);
      if (field.message) reached.add(field.message); // A set that grows is walked to its end.
    }
  }
  for (const message of reached) withoutMap.add(message);
}
