import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';

import { scopes } from '@boxoffice/proto/access';
import { housePartner } from '@boxoffice/runtime/identity';
import { createKey } from '@boxoffice/runtime/keyring';

const services = ['queue', 'inventory', 'ledger'] as const;

/** New keys and passwords of a demo, as the files that `kustomization.yaml` reads: name below `secrets/`, and text. */
export function demoSecrets(): Record<string, string> {
  const files: Record<string, string> = {};
  const operator = createKey({ kind: 'operator', name: 'operator', scopes: [] });
  const partner = createKey({ kind: 'partner', name: housePartner, scopes });
  const entries = [operator.entry, partner.entry];
  for (const program of ['inventory', 'ledger', 'worker', 'bff']) {
    const { key, entry } = createKey({ kind: 'service', name: program, scopes: [] });
    entries.push(entry);
    files[`${program}.env`] = `SERVICE_KEY=${key}\n`;
  }
  files['keyring.json'] = `${JSON.stringify({ keys: entries }, null, 2)}\n`;
  // For people; no program reads it.
  files['keys.json'] = `${JSON.stringify({ operator: operator.key, partner: partner.key }, null, 2)}\n`;
  return { ...files, ...ticketKeys(), ...passwords() };
}

function ticketKeys(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    'ticket-signing-key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'ticket-public-key.pem': createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function passwords(): Record<string, string> {
  const files: Record<string, string> = {};
  const lines = [`POSTGRES_PASSWORD=${newPassword()}`];
  for (const service of services) {
    const password = newPassword();
    lines.push(`${service.toUpperCase()}_PASSWORD=${password}`);
    files[`${service}-db-app.env`] = `uri=postgresql://${service}:${password}@boxoffice-postgresql:5432/${service}\n`;
  }
  return { ...files, 'postgresql.env': `${lines.join('\n')}\n` };
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
