import { Client, credentials } from '@grpc/grpc-js';

/** Asks a program whether it is well; false too when it does not answer. */
export type Probe = (timeoutMs: number) => Promise<boolean>;

/** `HealthCheckResponse { status: SERVING }` of grpc.health.v1 on the wire. */
const serving = Buffer.from([0x08, 0x01]);

/** Asks grpc.health.v1 about the server as a whole. */
export function grpcProbe(address: string): Probe {
  return async (timeoutMs) => {
    // A client of its own each time: one that failed to connect waits before it tries again.
    const client = new Client(address, credentials.createInsecure());
    try {
      const answer = await new Promise<Buffer | undefined>((resolve) => {
        client.makeUnaryRequest(
          '/grpc.health.v1.Health/Check',
          () => Buffer.alloc(0), // HealthCheckRequest for the service ''.
          (bytes) => bytes,
          null,
          { deadline: Date.now() + timeoutMs },
          (error, bytes) => resolve(error ? undefined : bytes),
        );
      });
      return answer?.equals(serving) ?? false;
    } finally {
      client.close();
    }
  };
}

/** Asks a URL, which answers 200 when all is well. */
export function httpProbe(url: string): Probe {
  return async (timeoutMs) => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  };
}
