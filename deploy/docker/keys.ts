import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { prepareKeys, prepareTicketKeys } from '../local/keys.ts';

/**
 * Makes the keys and passwords that `compose.yaml` reads, in a new folder: the keyring and the keys of tickets, `keys.json` for
 * people, and a file of variables for each container that needs one.
 *
 * @throws Error with the code EEXIST when the folder is there.
 */
export async function makeKeys(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const keyringFile = join(folder, 'keyring.json');
  const [keys, ticketKeys] = await Promise.all([prepareKeys(folder, keyringFile), prepareTicketKeys(folder)]);
  // The folder is its owner's alone. Each file is mounted by itself, for a user of the container whom this machine does not know.
  const mounted = [keyringFile, ticketKeys.signingKeyFile, ticketKeys.publicKeyFile];
  await Promise.all(mounted.map((file) => chmod(file, 0o644)));

  const password = randomBytes(24).toString('base64url');
  const variables = {
    ...Object.fromEntries(Object.entries(keys.services).map(([program, key]) => [program, { SERVICE_KEY: key }])),
    postgres: { POSTGRES_PASSWORD: password },
    database: { DATABASE_URL: `postgresql://boxoffice:${password}@postgres:5432/boxoffice` },
    grafana: { GF_SECURITY_ADMIN_PASSWORD: randomBytes(12).toString('base64url') },
  };
  await Promise.all(Object.entries(variables).map(([name, values]) => writeVariables(folder, name, values)));
}

function writeVariables(folder: string, name: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(variables).map(([variable, value]) => `${variable}=${value}\n`);
  return writeFile(join(folder, `${name}.env`), lines.join(''), { mode: 0o600 });
}
