import { useEffect, useState } from 'preact/hooks';
import { serverClock } from './server-clock.ts';

/** Seconds until a moment by the server's clock, in a component that is drawn again each second; undefined without one. */
export function useSecondsUntil(at: string | undefined): number | undefined {
  const [, redraw] = useState({});
  useEffect(() => {
    if (at === undefined) return;
    const tick = (): void => redraw({});
    const timer = setInterval(tick, 1_000);
    // Timers stand still while a page sleeps.
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [at]);
  return at === undefined ? undefined : serverClock.secondsUntil(at);
}
