import helmet from 'helmet';

/**
 * The security headers of every answer. This is an API: nothing it sends is to be framed, run or guessed at, and what only
 * concerns pages would cost every poll its bytes.
 */
export const securityHeaders: Readonly<Record<string, string>> = collect(
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: false,
    originAgentCluster: false,
    referrerPolicy: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: { action: 'deny' },
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  }),
);

/** What the middleware sets: the same for every answer, so it runs once. */
function collect(middleware: ReturnType<typeof helmet>): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => (headers[name] = value),
    removeHeader: (name: string) => delete headers[name],
  };
  type Arguments = Parameters<typeof middleware>;
  middleware({} as Arguments[0], response as unknown as Arguments[1], (error) => {
    if (error !== undefined) throw new Error('the security headers cannot be made', { cause: error });
  });
  return headers;
}
