import { useState } from 'preact/hooks';

/** Something that a person does here: whether it is under way, and why it came to nothing. */
export interface Deed {
  readonly busy: boolean;
  readonly error: unknown;
  /** Does it; `done` comes after it has gone well. */
  readonly run: <T>(work: () => Promise<T>, done?: (value: T) => void) => void;
  readonly clear: () => void;
}

/** One deed at a time. */
export function useDeed(): Deed {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: undefined });
  return {
    ...state,
    run: (work, done) => {
      setState({ busy: true, error: undefined });
      work().then(
        (value) => {
          setState({ busy: false, error: undefined });
          done?.(value);
        },
        (error: unknown) => setState({ busy: false, error }),
      );
    },
    clear: () => setState({ busy: false, error: undefined }),
  };
}
