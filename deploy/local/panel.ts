import { InventoryService } from '@boxoffice/proto/inventory';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createClient } from '@connectrpc/connect';

import type { System } from './system.ts';

/** What a person needs to know of a system that is ready: where it is, what the keys are, and what to try next. */
export async function panel(system: System, startedInMs: number): Promise<string> {
  const { addresses, home, keys, operations, url, urls } = system;
  const scheduleId = await somethingToBuy(system);
  const api = `${url}/v1`;
  // Of several instances all are shown, and one of them is called.
  const all = (target: string): string =>
    target
      .replace(/^ipv4:/, '')
      .replaceAll('127.0.0.1:', 'localhost:')
      .replaceAll(',', ', ');
  const one = (target: string): string => all(target).replace(/,.*/, '');
  const lines = [
    '',
    `Boxoffice is ready (${(startedInMs / 1_000).toFixed(1)} s). Ctrl-C ends it; \`npm start -- --fresh\` starts over.`,
    ...(system.authMode === 'open'
      ? ['AUTH_MODE=open: the BFF believes whatever memberId it is told. For development only.']
      : []),
    '',
    `  open        ${url}   (the page to buy a ticket)`,
    `  REST        ${api}   (${url}/healthz, ${url}/readyz)`,
    ...(urls.length > 1 ? [`  BFFs        ${urls.join(', ')}   (each by itself)`] : []),
    `  operators   ${url}/operator   (sign in with the "operator" key of the file below)`,
    `  queue       ${all(addresses.queue)}`,
    `  inventory   ${all(addresses.inventory)}`,
    `  ledger      ${all(addresses.ledger)}`,
    `  worker      ${all(addresses.worker)}   (positions as a stream)`,
    ...Object.entries(operations).map(([name, port]) => `  metrics     http://localhost:${port}/metrics   (${name})`),
    `  data        ${home}`,
    `  keys        ${system.keysFile}   ("operator" for the admin calls, "partner" for gRPC)`,
    `  partner key ${keys.partner}`,
    '',
    'Try it in another terminal, line by line:',
    '',
    `  api=${api} json='Content-Type: application/json'`,
    `  token=$(curl -s $api/schedules/${scheduleId}/queue/tickets -H "$json" -d '{"memberId":"1"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
    `  curl -sw '\\n' $api/schedules/${scheduleId}/queue/tickets/me -H "Queue-Token: $token"   # until "status":"ADMITTED"`,
    `  curl -sw '\\n' $api/schedules/${scheduleId}/seats -H "Queue-Token: $token"`,
    `  reservation=$(curl -s $api/schedules/${scheduleId}/reservations -H "Queue-Token: $token" -H "$json" -d '{"bestAvailable":2}' | sed 's/^{"id":\\([0-9]*\\).*/\\1/')`,
    `  curl -sw '\\n' $api/members/1/charges -H "$json" -d '{"amount":30000}'`,
    `  curl -sw '\\n' $api/reservations/$reservation/payment -H "Queue-Token: $token" -H "$json" -d '{}'`,
    `  curl -sw '\\n' $api/members/1/reservations`,
    '',
    `  grpcurl -plaintext ${one(addresses.queue)} list`,
    `  npm run key -- create --partner acme --scope queue --scope inventory`,
    '',
  ];
  return lines.join('\n');
}

/** The first date with seats on sale; the first date there should be, if all is sold. */
async function somethingToBuy({ addresses, keys }: System): Promise<bigint> {
  await using transport = grpcTransport({ address: addresses.inventory, key: keys.partner });
  const inventory = createClient(InventoryService, transport);
  const { concerts } = await inventory.listConcerts({});
  const pages = await Promise.all(concerts.map(({ id }) => inventory.listSchedules({ concertId: id })));
  const open = pages.flatMap(({ schedules }) => schedules).filter(({ remainingSeats }) => remainingSeats > 1);
  return open.map(({ id }) => id).reduce((first, id) => (id < first ? id : first), open[0]?.id ?? 1n);
}
