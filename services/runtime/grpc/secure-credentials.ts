import { credentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';
import type { FollowedCertificates } from './certificates.ts';

// By TLS 1.3 a server looks at a certificate when its client takes the handshake to be over: all that can be seen of a refusal
// is that not a byte came.
const refused = new Error('the server ended the connection: it may not believe our certificate');

type CreateConnector = ChannelCredentials['_createSecureConnector'];

/**
 * Credentials of a channel that show the certificate of the moment at which a connection is made, and believe a server that
 * shows one of our authorities for the name we have called it by.
 */
export class SecureCredentials extends ChannelCredentials {
  readonly #certificates: FollowedCertificates;
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure hears why a connection could not be made secure. */
  constructor(certificates: FollowedCertificates, onFailure: (error: unknown) => void) {
    super();
    this.#certificates = certificates;
    this.#onFailure = onFailure;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(...given: Parameters<CreateConnector>): experimental.SecureConnector {
    const connector = (): experimental.SecureConnector =>
      credentials.createFromSecureContext(this.#certificates.current.context)._createSecureConnector(...given);
    const first = connector();
    return {
      connect: async (socket) => {
        try {
          const result = await connector().connect(socket);
          result.socket.once('close', () => {
            if (result.socket.bytesRead === 0) this.#onFailure(refused);
          });
          return result;
        } catch (error) {
          this.#onFailure(error);
          throw error;
        }
      },
      waitForReady: () => first.waitForReady(),
      getCallCredentials: () => first.getCallCredentials(),
      destroy: () => first.destroy(),
    };
  }
}
