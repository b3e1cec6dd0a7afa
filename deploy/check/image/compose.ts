import { parse } from 'yaml';

/** A service of a compose file, as far as it is checked. */
export interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: string | readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly read_only?: boolean;
}

/** Reads the services of a compose file. */
export function readCompose(text: string): Readonly<Record<string, ComposeService>> {
  const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
  return services;
}

/** The files of variables, from the first to the one that goes above the others. */
export function envFilesOf({ env_file: files = [] }: ComposeService): readonly string[] {
  return typeof files === 'string' ? [files] : files;
}

/** Files and folders of this machine, by where the container has them. */
export function mountsOf({ volumes = [] }: ComposeService): ReadonlyMap<string, string> {
  return new Map(
    volumes.flatMap((volume) => {
      const [source = '', target = ''] = volume.split(':');
      return source.startsWith('.') ? [[target, source] as const] : [];
    }),
  );
}
