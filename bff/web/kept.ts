const prefix = 'boxoffice.';

/**
 * What the browser keeps for us between visits, in all of its tabs. Where nothing may be kept (some private windows), it
 * lasts as long as the page.
 */
class Kept {
  readonly #fallback = new Map<string, string>();

  get(name: string): string | undefined {
    try {
      return localStorage.getItem(prefix + name) ?? this.#fallback.get(name);
    } catch {
      return this.#fallback.get(name);
    }
  }

  set(name: string, text: string | undefined): void {
    if (text === undefined) {
      this.#fallback.delete(name);
    } else {
      this.#fallback.set(name, text);
    }
    try {
      if (text === undefined) {
        localStorage.removeItem(prefix + name);
      } else {
        localStorage.setItem(prefix + name, text);
      }
    } catch {
      // Full or forbidden: the fallback has it.
    }
  }

  /** Calls a function when another tab has changed something, until the function it returns is called. */
  watch(name: string, changed: () => void): () => void {
    const listen = (event: StorageEvent): void => {
      if (event.key === prefix + name) changed();
    };
    addEventListener('storage', listen);
    return () => removeEventListener('storage', listen);
  }
}

/** The one store of the page. */
export const kept = new Kept();
