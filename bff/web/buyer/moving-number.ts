import { useEffect, useRef, useState } from 'preact/hooks';

const moveMs = 700;

/**
 * A number that moves to its new value instead of jumping there; at once for whoever prefers little motion, and while
 * nobody looks.
 */
export function useMovingNumber(target: number): number {
  const [shown, setShown] = useState(target);
  const now = useRef(target);
  useEffect(() => {
    const from = now.current;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches || document.visibilityState === 'hidden';
    // Growing is news of another kind: a new place, say.
    if (calm || target > from) {
      now.current = target;
      setShown(target);
      return;
    }
    let frame = 0;
    const startMs = performance.now();
    const step = (atMs: number): void => {
      const part = Math.min(1, Math.max(0, (atMs - startMs) / moveMs));
      now.current = from + (target - from) * (1 - (1 - part) ** 3);
      setShown(now.current);
      if (part < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    // Frames stop with the page in the background; the number must not.
    const late = setTimeout(() => {
      cancelAnimationFrame(frame);
      now.current = target;
      setShown(target);
    }, moveMs * 2);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(late);
    };
  }, [target]);
  return shown;
}
