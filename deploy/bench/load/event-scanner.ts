const idField = Buffer.from('id: ');
const newLine = 10;
const lineBytesMax = 64 * 1024;
const nothing = Buffer.alloc(0);

/**
 * Reads the ids of server-sent events off a connection, as little as that takes: lines that begin with `id: `. The head of the
 * response and the sizes of chunks, if there are any, are lines of another kind.
 */
export class EventScanner {
  /** The beginning of a line. */
  #rest: Buffer = nothing;

  /**
   * Takes a piece of the connection.
   *
   * @returns the number that the last id in it begins with; undefined when there is none. Those before it came at the same
   * moment.
   * @throws Error for a line of more than 64 KB.
   */
  push(piece: Buffer): number | undefined {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const end = bytes.lastIndexOf(newLine) + 1;
    this.#rest = bytes.subarray(end);
    if (this.#rest.length > lineBytesMax) throw new Error(`a line of more than ${lineBytesMax} bytes`);
    const lines = bytes.subarray(0, end);
    for (let at = lines.lastIndexOf(idField); at !== -1; at = at === 0 ? -1 : lines.lastIndexOf(idField, at - 1)) {
      if (at !== 0 && lines[at - 1] !== newLine) continue;
      const value = lines.toString('latin1', at + idField.length, lines.indexOf(newLine, at));
      return Number.parseInt(value, 10);
    }
    return undefined;
  }
}
