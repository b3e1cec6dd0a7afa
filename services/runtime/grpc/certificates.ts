import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import { ConfigError, env, type InferConfig } from '../config.ts';
import { followFiles, type Followed } from '../followed-files.ts';

/** The variables of a program that speaks gRPC over TLS; the same in all of them. PEM files, all three or none. */
export const certificateVariables = {
  /** What it shows, as a server and as a client, with the certificates between it and the authority. */
  tlsCertificateFile: env.string('TLS_CERTIFICATE_FILE', { optional: true }),
  tlsKeyFile: env.string('TLS_KEY_FILE', { optional: true }),
  /** The authorities whose certificates it believes, and no others. */
  tlsCaFile: env.string('TLS_CA_FILE', { optional: true }),
};

/** What a program shows of itself, and whom it believes. */
export interface Certificates {
  /** With texts in PEM. */
  readonly options: SecureContextOptions;
  /** Made of the options. */
  readonly context: SecureContext;
  /** When its own certificate ends. */
  readonly validTo: Date;
}

/** The certificates of this moment: connections are made with those, and live on when there are others. */
export type FollowedCertificates = Followed<Certificates>;

/**
 * Opens the certificates that the environment names, and follows their files: who renews them replaces the files, and
 * nothing has to be started again. None: gRPC goes in clear.
 *
 * @throws ConfigError when some of the variables are set and others are not; Error when a file cannot be read, or when key
 *   and certificate do not belong together.
 */
export function openCertificates(
  config: InferConfig<typeof certificateVariables>,
  { log, intervalMs }: { readonly log: Logger; readonly intervalMs?: number },
): FollowedCertificates | undefined {
  const { tlsCertificateFile, tlsKeyFile, tlsCaFile } = config;
  const paths = [tlsCertificateFile, tlsKeyFile, tlsCaFile].filter((path) => path !== undefined);
  if (paths.length === 0) return undefined;
  if (paths.length < 3) {
    throw new ConfigError([
      'TLS_CERTIFICATE_FILE, TLS_KEY_FILE and TLS_CA_FILE belong together: set all three or none',
    ]);
  }
  return followFiles({
    paths,
    understand: ([certificate = '', key = '', ca = '']) => certificatesOf(certificate, key, ca),
    what: 'certificates',
    shown: ({ validTo }) => ({ validTo }),
    log,
    intervalMs,
  });
}

/** Reads PEM texts. @throws Error for what is none, and for a key of another certificate. */
function certificatesOf(certificate: string, key: string, ca: string): Certificates {
  const { validToDate } = new X509Certificate(certificate);
  // Authorities that it cannot read, a context takes without a word, and believes nobody.
  void new X509Certificate(ca);
  const options = { cert: certificate, key, ca, minVersion: 'TLSv1.2' } as const;
  return { options, context: createSecureContext(options), validTo: validToDate };
}
