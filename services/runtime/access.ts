import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { Logger } from 'pino';
import type { Caller } from '@boxoffice/proto/access';
import { refuse } from './error.ts';
import { callerOf, isCallerName, type Identity } from './identity.ts';
import type { Keyring } from './keyring.ts';

/** Who may call what: the callers of each RPC, by the RPC's name `package.Service/Method`. */
export type AccessTable = Readonly<Record<string, readonly Caller[]>>;

/** The metadata in which a service says on behalf of whose member it calls. */
export const partnerHeader = 'boxoffice-partner';

/** Tells who makes a call, and refuses whoever may not. */
export interface AccessControl {
  /**
   * Admits a call.
   *
   * @returns who calls; undefined on an RPC that is open to the public and was called without a key.
   * @throws ServiceError KEY_MISSING, KEY_INVALID, CALLER_NOT_ALLOWED, or REQUEST_INVALID for a malformed partner.
   */
  admit(method: DescMethod, header: Headers): Identity | undefined;
}

/** The name of an RPC as tables and logs have it: `package.Service/Method`. */
export function rpcName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** The RPCs of the services that the table does not name. */
export function missingFromTable(services: readonly DescService[], table: AccessTable): string[] {
  return services.flatMap((service) => service.methods.map(rpcName)).filter((name) => !Object.hasOwn(table, name));
}

/** Guards RPCs by a table that denies what it does not name. */
export function createAccessControl(options: { keyring: Keyring; table: AccessTable; log: Logger }): AccessControl {
  const { keyring, table, log } = options;
  return {
    admit(method, header) {
      const rpc = rpcName(method);
      const callers = Object.hasOwn(table, rpc) ? table[rpc] : undefined;
      if (callers === undefined) {
        log.error({ rpc }, 'RPC is missing from the access table: refused to everybody');
        throw refuse('CALLER_NOT_ALLOWED', `nobody may call ${rpc}`, { metadata: { method: rpc } });
      }
      const isPublic = callers.includes('public');
      const identity = identify(keyring, header, isPublic);
      if (identity === undefined) {
        return undefined;
      }
      if (!isPublic && !callers.some((caller) => covers(caller, identity))) {
        throw refuse('CALLER_NOT_ALLOWED', `${callerOf(identity)} may not call ${rpc}`, { metadata: { method: rpc } });
      }
      return onBehalf(identity, header.get(partnerHeader), rpc);
    },
  };
}

function identify(keyring: Keyring, header: Headers, isPublic: boolean): Identity | undefined {
  const authorization = header.get('authorization');
  if (authorization === null) {
    if (isPublic) {
      return undefined;
    }
    throw refuse('KEY_MISSING', 'this call needs a key: send it as metadata "authorization: Bearer <key>"');
  }
  const key = /^Bearer (\S+)$/i.exec(authorization)?.[1];
  const identity = key === undefined ? undefined : keyring.identify(key);
  if (identity === undefined) {
    throw refuse('KEY_INVALID', 'the key is not known');
  }
  return identity;
}

function covers(caller: Caller, { kind, name, scopes }: Identity): boolean {
  switch (kind) {
    case 'operator':
      return caller === 'operator';
    case 'service':
      return caller === `service:${name}`;
    case 'partner':
      return scopes.some((scope) => caller === `partner:${scope}`);
  }
}

// Our own services and operators act for the members of any partner; a partner acts for its own alone.
function onBehalf(identity: Identity, partner: string | null, rpc: string): Identity {
  if (partner === null || partner === identity.partner) {
    return identity;
  }
  if (identity.kind === 'partner') {
    throw refuse('CALLER_NOT_ALLOWED', `${callerOf(identity)} may not act for the members of another partner`, {
      metadata: { method: rpc },
    });
  }
  if (!isCallerName(partner)) {
    const description = 'must be 1 to 63 lower-case letters, digits and hyphens';
    throw refuse('REQUEST_INVALID', `${partnerHeader}: ${description}`, {
      violations: [{ field: partnerHeader, description }],
    });
  }
  return { ...identity, partner };
}
