import { readFileSync, statSync } from 'node:fs';

/** Where a build reads from, by absolute paths. */
export interface Files {
  /** @throws Error when there is no such file. */
  read(path: string): string;
  isFolder(path: string): boolean;
}

/** The files of this machine, and in front of them some that are not there: Secrets that only who applies them has. */
export function filesOnDisk(inFront: Readonly<Record<string, string>> = {}): Files {
  return {
    read: (path) => inFront[path] ?? readFileSync(path, 'utf8'),
    isFolder: (path) => inFront[path] === undefined && statSync(path).isDirectory(),
  };
}
