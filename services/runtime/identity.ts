import { createContextKey, type HandlerContext } from '@connectrpc/connect';

/** The partner whose members are those of our own web shop. */
export const housePartner = 'house';

/** What kinds of callers there are. */
export const callerKinds = ['partner', 'service', 'operator'] as const;

/** A kind of caller. */
export type CallerKind = (typeof callerKinds)[number];

/** Who calls, as its key says. */
export interface Identity {
  readonly kind: CallerKind;
  readonly name: string;
  /** Whose members: a partner's own, `house` for the members of the web shop. */
  readonly partner: string;
  /** What a partner's key reaches; empty for the others, whom the access table names. */
  readonly scopes: readonly string[];
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Tells whether a text can be the name of a caller or a partner: 1 to 63 lower-case letters, digits and hyphens. */
export function isCallerName(text: string): boolean {
  return namePattern.test(text);
}

/** Where a call's identity is kept in its context values. */
export const identityKey = createContextKey<Identity | undefined>(undefined, { description: 'identity' });

/**
 * Who makes this call.
 *
 * @throws Error when nobody does: an RPC that the access table leaves open to the public must not ask.
 */
export function identityOf(context: Pick<HandlerContext, 'values' | 'method' | 'service'>): Identity {
  const identity = context.values.get(identityKey);
  if (identity === undefined) {
    throw new Error(`${context.service.typeName}/${context.method.name} asks for an identity that nothing has set`);
  }
  return identity;
}

/** A caller in one word, for logs and for counting: `partner:acme`. */
export function callerOf(identity: Identity): string {
  return `${identity.kind}:${identity.name}`;
}
