import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';

import { Code, type ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { ConfigError } from '../config.ts';
import { openCertificates, type FollowedCertificates } from '../grpc/certificates.ts';
import { createLogger } from '../log.ts';
import { testAuthority, type TestAuthority, type TestCertificate } from '../testing/certificates.ts';
import { connect, recordingLog, startProbe } from './grpc-probe.ts';

const house = testAuthority();
const silent = createLogger('test', 'silent');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxoffice-tls-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A folder as Kubernetes mounts a secret, whose files are all replaced at once. */
async function mount(name: string, certificate: TestCertificate, authority: TestAuthority = house): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await renew(path, certificate, authority);
  const files = ['tls.crt', 'tls.key', 'ca.crt'];
  await Promise.all(files.map((file) => symlink(join('..data', file), join(path, file))));
  return path;
}

async function renew(path: string, { certificate, key }: TestCertificate, authority: TestAuthority): Promise<void> {
  const version = await mkdtemp(join(path, '..version-'));
  const files = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate };
  await Promise.all(Object.entries(files).map(([file, text]) => writeFile(join(version, file), text)));
  await symlink(version, join(path, '..data_tmp'));
  await rename(join(path, '..data_tmp'), join(path, '..data'));
}

function open(path: string): FollowedCertificates {
  const config = {
    tlsCertificateFile: join(path, 'tls.crt'),
    tlsKeyFile: join(path, 'tls.key'),
    tlsCaFile: join(path, 'ca.crt'),
  };
  const opened = openCertificates(config, { log: silent, intervalMs: 5 });
  if (opened === undefined) throw new Error('there are certificates');
  return opened;
}

async function changed(certificates: FollowedCertificates): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = certificates.onChange(resolve);
  await promise;
}

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => Promise.reject(new Error('the call went well')),
    (error: unknown) => error as ConnectError,
  );
}

/** The serial number of the certificate that the other side shows. */
const serialOf = (socket: TLSSocket): string => socket.getPeerCertificate().serialNumber;

test('calls travel over TLS between two that show certificates of one authority', async () => {
  await using serverTls = open(await mount('server', house.issue('localhost', 2)));
  await using clientTls = open(await mount('client', house.issue('bff', 3)));
  await using server = await startProbe({}, { tls: serverTls });
  await using client = connect(`localhost:${server.port}`, { tls: clientTls });
  expect(await client.say({ text: 'in private' })).toMatchObject({ value: 'hello in private' });
});

test('who shows no certificate is refused, and both sides are told why', async () => {
  await using tls = open(await mount('strict', house.issue('localhost', 2)));
  const { log, lines } = recordingLog('warn');
  await using server = await startProbe({}, { tls, log });
  const socket = connectTls({ port: server.port, host: 'localhost', ca: house.certificate, ALPNProtocols: ['h2'] });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  expect(lines).toMatchObject([
    { msg: 'TLS connection refused', code: 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', peer: expect.anything() },
  ]);
  await using inClear = connect(`localhost:${server.port}`, { connectTimeoutMs: 200 });
  expect(await failureOf(inClear.say({}))).toMatchObject({ code: Code.Unavailable });
});

test('a certificate of another authority is believed by neither side', async () => {
  const foreign = testAuthority('another authority');
  await using tls = open(await mount('ours', house.issue('localhost', 2)));
  // This one believes the server, and is not believed by it.
  await using foreignTls = open(await mount('foreign', foreign.issue('bff', 3)));
  await using server = await startProbe({}, { tls });
  await using stranger = connect(`localhost:${server.port}`, { tls: foreignTls, connectTimeoutMs: 200 });
  const failure = await failureOf(stranger.say({}));
  expect(failure.code).toBe(Code.Unavailable);
  expect(failure.rawMessage).toContain('it may not believe our certificate');

  await using deceivedTls = open(await mount('deceived', house.issue('bff', 3), foreign));
  await using deceived = connect(`localhost:${server.port}`, { tls: deceivedTls, connectTimeoutMs: 200 });
  expect((await failureOf(deceived.say({}))).rawMessage).toContain('self-signed certificate in certificate chain');
});

test('a server has to show a certificate for the name it was called by', async () => {
  await using tls = open(await mount('elsewhere', house.issue('queue.example', 2)));
  await using server = await startProbe({}, { tls });
  await using client = connect(`localhost:${server.port}`, { tls, connectTimeoutMs: 200 });
  const failure = await failureOf(client.say({}));
  expect(failure.code).toBe(Code.Unavailable);
  expect(failure.rawMessage).toContain("does not match certificate's altnames");
});

test('a server shows a renewed certificate to the next connection, and old ones live on', async () => {
  const path = await mount('renewed', house.issue('localhost', 2));
  await using tls = open(path);
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  await using server = await startProbe(
    {
      async *watch() {
        yield { value: 'before' };
        await goOn;
        yield { value: 'after' };
      },
    },
    { tls },
  );
  const { options } = tls.current;
  async function shown(): Promise<string> {
    const socket = connectTls({ ...options, port: server.port, host: 'localhost', ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    const serial = serialOf(socket);
    socket.destroy();
    return serial;
  }
  await using client = connect(`localhost:${server.port}`, { tls });
  const stream = client.watch({})[Symbol.asyncIterator]();
  expect(await stream.next()).toMatchObject({ value: { value: 'before' } });
  expect(await shown()).toBe('02');
  await renew(path, house.issue('localhost', 3), house);
  await changed(tls);
  expect(await shown()).toBe('03');
  resolve();
  expect(await stream.next()).toMatchObject({ value: { value: 'after' } });
  await stream.next();
});

test('a client shows a renewed certificate to the next server it connects to', async () => {
  const path = await mount('renewing', house.issue('bff', 2));
  await using tls = open(path);
  const { certificate, key } = house.issue('localhost', 9);
  const server = createServer({ cert: certificate, key, ca: house.certificate, requestCert: true });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  await using client = connect(`localhost:${(server.address() as AddressInfo).port}`, { tls });
  void client.say({}).catch(() => undefined);
  const [first] = (await once(server, 'secureConnection')) as [TLSSocket];
  expect(serialOf(first)).toBe('02');
  await renew(path, house.issue('bff', 3), house);
  await changed(tls);
  const next = once(server, 'secureConnection');
  first.destroy();
  const [second] = (await next) as [TLSSocket];
  expect(serialOf(second)).toBe('03');
  second.destroy();
  server.close();
});

test('some of the three variables are a fault, and so is the key of another certificate', async () => {
  const none = { tlsCertificateFile: undefined, tlsKeyFile: undefined, tlsCaFile: undefined };
  expect(openCertificates(none, { log: silent })).toBeUndefined();
  expect(() => openCertificates({ ...none, tlsCaFile: 'ca.crt' }, { log: silent })).toThrow(ConfigError);
  const { certificate } = house.issue('localhost', 2);
  const { key } = house.issue('localhost', 3);
  const path = await mount('mixed', { certificate, key });
  expect(() => open(path)).toThrow('key values mismatch');
});
