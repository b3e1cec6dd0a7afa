const headEnd = Buffer.from('\r\n\r\n');
const contentLength = Buffer.from('content-length:');
const transferEncoding = Buffer.from('transfer-encoding:');
const statusAt = 'HTTP/1.1 '.length;
const responseBytesMax = 1024 * 1024;
const nothing = Buffer.alloc(0);

/** What came is not a response that this scanner reads. */
export class ScanError extends Error {}

/**
 * Reads HTTP/1.1 responses off a connection, as little of them as a load generator needs: the status and the body, whose
 * length has to be in `Content-Length`. A response that comes whole in one piece costs no copy.
 */
export class ResponseScanner {
  #rest: Buffer = nothing;

  /**
   * Takes a piece of the connection, and calls for each response that it completes. The body is valid during the call only.
   *
   * @throws ScanError for a chunked response, one without a length, one of more than a megabyte, and for what is no HTTP/1.1.
   */
  push(piece: Buffer, onResponse: (status: number, body: Buffer) => void): void {
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    for (;;) {
      const end = bytes.indexOf(headEnd);
      if (end === -1) break;
      const status = statusOf(bytes);
      const bodyAt = end + headEnd.length;
      const length = lengthOf(bytes, end, status);
      if (bytes.length < bodyAt + length) break;
      const body = bytes.subarray(bodyAt, bodyAt + length);
      bytes = bytes.subarray(bodyAt + length);
      onResponse(status, body);
    }
    if (bytes.length > responseBytesMax) throw new ScanError(`a response of more than ${responseBytesMax} bytes`);
    this.#rest = bytes;
  }
}

function statusOf(bytes: Buffer): number {
  const status = digits(bytes, statusAt);
  if (status < 100 || status > 599 || bytes[0] !== 0x48) throw new ScanError('this is no response of HTTP/1.1');
  return status;
}

/** Looks at each line of the head for the two headers that say how long the body is. */
function lengthOf(bytes: Buffer, end: number, status: number): number {
  for (let line = bytes.indexOf(10) + 1; line > 0 && line < end; line = bytes.indexOf(10, line) + 1) {
    if (begins(bytes, line, contentLength)) return digits(bytes, line + contentLength.length);
    if (begins(bytes, line, transferEncoding)) throw new ScanError('a chunked response is not read here');
  }
  if (status === 204 || status === 304) return 0;
  throw new ScanError('a response without Content-Length');
}

function begins(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index++) {
    // Lower case; the other characters of these names have that bit anyway.
    if (((bytes[at + index] ?? 0) | 0x20) !== name[index]) return false;
  }
  return true;
}

function digits(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20) at++;
  let value = 0;
  for (let byte = bytes[at] ?? 0; byte >= 0x30 && byte <= 0x39; byte = bytes[++at] ?? 0)
    value = value * 10 + byte - 0x30;
  return value;
}
