import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigError } from '@boxoffice/runtime/config';

import type { Finding } from '../findings.ts';
import { programOf } from '../kubernetes/programs.ts';
import { envFilesOf, mountsOf, type ComposeService } from './compose.ts';
import { isPinned } from './pinned.ts';

/** What a compose file is checked against. */
export interface ComposeFacts {
  /** Its folder. */
  readonly folder: string;
  /** A folder that is as `keys/` beside it would be. */
  readonly keysFolder: string;
  /** The ENV of our image. */
  readonly imageEnvironment: Readonly<Record<string, string>>;
}

type Services = Readonly<Record<string, ComposeService>>;

/** Callers are meant to reach these, and nobody but this machine. */
const published = new Set(['bff', 'queue', 'inventory', 'ledger', 'worker', 'grafana']);

/** What is wrong with a compose file: images, mounts, ports, the order of the start, and what our programs would say to it. */
export function checkCompose(services: Services, facts: ComposeFacts): Finding[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const problems = [
      ...checkImage(service),
      ...checkPorts(name, service),
      ...checkOrder(services, service),
      ...checkMounts(service, facts),
      ...checkProgram(service, facts),
    ];
    return problems.map((what) => ({ where: `deploy/docker/compose.yaml ${name}`, what }));
  });
}

function checkImage({ image = '' }: ComposeService): string[] {
  return isPinned(image) ? [] : [`${image || 'no image'}: a tag without a whole version is another image tomorrow`];
}

function checkPorts(name: string, { ports = [] }: ComposeService): string[] {
  return ports.flatMap((port) => [
    ...(published.has(name) ? [] : [`${port} is published, and is nobody's business`]),
    ...(port.startsWith('127.0.0.1:') ? [] : [`${port} is published to every network of this machine`]),
  ]);
}

function checkOrder(services: Services, { depends_on: needs = {} }: ComposeService): string[] {
  return Object.entries(needs).flatMap(([name, { condition }]) => {
    const needed = services[name];
    if (needed === undefined) return [`depends on ${name}, which is not there`];
    // Our image has a health check of its own.
    const isChecked =
      needed.healthcheck?.disable !== true && (needed.healthcheck?.test !== undefined || isOurs(needed));
    return condition === 'service_healthy' && !isChecked
      ? [`waits for the health of ${name}, which is not checked`]
      : [];
  });
}

function checkMounts(service: ComposeService, facts: ComposeFacts): string[] {
  return [...mountsOf(service).values(), ...envFilesOf(service).map((file) => `./${file}`)]
    .filter((source) => !existsSync(pathOf(source, facts)))
    .map((source) => `there is no ${source}`);
}

/** Reads the environment of a container as the program in it will. */
function checkProgram(service: ComposeService, facts: ComposeFacts): string[] {
  if (!isOurs(service)) return [];
  const { image = '', command = [], environment = {} } = service;
  const program = programOf({ name: '', image, args: [...command] });
  if (program === undefined) return [`the image has no program ${command.join(' ')}`];
  const given = { ...variablesOf(service, facts), ...environment };
  const known = new Set(Object.values(program.spec).flatMap((variable) => [variable.name, variable.or]));
  return [
    ...Object.keys(given)
      .filter((name) => !known.has(name))
      .map((name) => `${program.name} knows no variable ${name}`),
    ...faultsOf(() => program.read(onThisMachine({ ...facts.imageEnvironment, ...given }, service, facts))),
    ...(service.read_only === true ? [] : ['could write to its own file system']),
  ];
}

const isOurs = ({ image = '' }: ComposeService): boolean => image.startsWith('boxoffice:');

function pathOf(source: string, { folder, keysFolder }: ComposeFacts): string {
  return source.startsWith('./keys/') ? join(keysFolder, source.slice('./keys/'.length)) : join(folder, source);
}

function variablesOf(service: ComposeService, facts: ComposeFacts): Record<string, string> {
  const paths = envFilesOf(service).map((file) => pathOf(`./${file}`, facts));
  const lines = paths.filter(existsSync).flatMap((path) => readFileSync(path, 'utf8').trim().split('\n'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** The same environment with the paths of mounted files as they are here. */
function onThisMachine(environment: Readonly<Record<string, string>>, service: ComposeService, facts: ComposeFacts) {
  const mounts = mountsOf(service);
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      const source = mounts.get(value);
      return [name, source === undefined ? value : pathOf(source, facts)];
    }),
  );
}

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
