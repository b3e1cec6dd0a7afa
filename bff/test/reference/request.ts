import { exampleToken, type Operation, type OperationExample } from '../../reference/operation.ts';
import type { Sent } from '../web.ts';

/** What requests of the document are made with. */
export interface Credentials {
  readonly operatorKey: string;
  readonly queueToken: string;
}

/** An example of the document as a request: what no example has are the credentials. */
export function requestOf(
  { path, caller, token }: Operation,
  { parameters = {}, body }: OperationExample,
  { operatorKey, queueToken }: Credentials,
): { url: string; sent: Sent } {
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  let url = path;
  for (const [name, value] of Object.entries(parameters)) {
    if (path.includes(`{${name}}`)) {
      url = url.replace(`{${name}}`, encodeURIComponent(value));
    } else if (/^[A-Z]/.test(name)) {
      headers[name.toLowerCase()] = String(value);
    } else {
      query.set(name, String(value));
    }
  }
  return {
    url: query.size === 0 ? url : `${url}?${query.toString()}`,
    sent: {
      headers,
      ...(body !== undefined && { body: JSON.stringify(body).replaceAll(exampleToken, queueToken) }),
      ...(caller === 'operator' && { bearer: operatorKey }),
      ...(token === 'bearer' ? { bearer: queueToken } : token !== undefined && { token: queueToken }),
    },
  };
}
