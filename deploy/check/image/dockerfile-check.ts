import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding } from '../findings.ts';
import type { Stage, Step } from './dockerfile.ts';
import { isPinned } from './pinned.ts';

/** What a Dockerfile is checked against. */
export interface DockerfileFacts {
  /** The root of the repository. */
  readonly context: string;
  readonly isIgnored: (path: string) => boolean;
  /** Of Node, as developers have it. */
  readonly nodeVersion: string;
}

const file = 'deploy/docker/Dockerfile';

/** What is wrong with the Dockerfile of the programs: pinned, not root, Node itself in front, well by its own word. */
export function checkDockerfile(stages: readonly Stage[], facts: DockerfileFacts): Finding[] {
  const steps = stages.at(-1)?.steps ?? [];
  return [
    ...stages.flatMap((stage) => checkBase(stage, facts)),
    ...checkUser(steps),
    ...checkCommand(steps, 'ENTRYPOINT', facts),
    ...checkCommand(steps, 'HEALTHCHECK', facts),
    ...stages.flatMap((stage) => stage.steps).flatMap((step) => checkSources(step, facts)),
  ];
}

function checkBase({ base }: Stage, { nodeVersion }: DockerfileFacts): Finding[] {
  const where = `${file} FROM ${base}`;
  if (!isPinned(base)) return [{ where, what: 'a tag without a whole version is another image tomorrow' }];
  if (!base.startsWith(`node:${nodeVersion}-`)) return [{ where, what: `tests run on Node ${nodeVersion}` }];
  return [];
}

function checkUser(steps: readonly Step[]): Finding[] {
  const user = last(steps, 'USER')?.args[0];
  if (user === undefined) return [{ where: file, what: 'no USER: the programs would run as root' }];
  const isNumeric = /^[1-9]\d*(?::[1-9]\d*)?$/.test(user);
  return isNumeric
    ? []
    : [{ where: `${file} USER ${user}`, what: 'only of a number can it be seen that it is not root' }];
}

function checkCommand(steps: readonly Step[], keyword: string, { context }: DockerfileFacts): Finding[] {
  const step = last(steps, keyword);
  if (step === undefined) return [{ where: file, what: `no ${keyword}` }];
  const where = `${file} ${keyword}`;
  if (step.list === undefined)
    return [{ where, what: 'not a list: a shell would be in front, and keep signals to itself' }];
  const [command, path = ''] = step.list;
  if (command !== 'node') return [{ where, what: `${command} would be in front of the program` }];
  const source = path.replace(/^\/app\//, '');
  return existsSync(join(context, source)) ? [] : [{ where, what: `there is no ${source}` }];
}

function checkSources(step: Step, { context, isIgnored }: DockerfileFacts): Finding[] {
  if (step.keyword !== 'COPY' || step.flags['from'] !== undefined) return [];
  return step.args.slice(0, -1).flatMap((source) => {
    const where = `${file}:${step.line} COPY ${source}`;
    if (!existsSync(join(context, source))) return [{ where, what: 'is not there' }];
    return isIgnored(source) ? [{ where, what: 'is left out by .dockerignore' }] : [];
  });
}

function last(steps: readonly Step[], keyword: string): Step | undefined {
  return steps.findLast((step) => step.keyword === keyword);
}
