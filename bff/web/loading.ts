import { useCallback, useEffect, useState } from 'preact/hooks';

/** Something that is being read, was read, or could not be. */
export interface Loading<T> {
  readonly value?: T;
  readonly error?: unknown;
  /** Reads it again; what is there stays until then. */
  readonly again: () => void;
}

/**
 * Reads something for a component, and again when `inputs` change. What was read for other inputs is never shown.
 *
 * @param read is given a signal that ends it.
 */
export function useLoading<T>(read: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): Loading<T> {
  const key = JSON.stringify(inputs);
  const [state, setState] = useState<{ key: string; value?: T; error?: unknown }>({ key });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const gone = new AbortController();
    read(gone.signal).then(
      (value) => !gone.signal.aborted && setState({ key, value }),
      (error: unknown) => !gone.signal.aborted && setState({ key, error }),
    );
    return () => gone.abort();
  }, [key, round]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return state.key === key ? { ...state, again } : { again };
}
