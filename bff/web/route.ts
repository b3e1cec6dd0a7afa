import { useEffect, useState } from 'preact/hooks';

/** Where in the page we are, by the parts of the address behind `#/`. */
export function currentRoute(): readonly string[] {
  return location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
}

/** The same in a component: it is drawn again at another address. */
export function useRoute(): readonly string[] {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const changed = (): void => setRoute(currentRoute());
    addEventListener('hashchange', changed);
    changed();
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

/** The address of a place in the page: `hrefOf('dates', 5)` is `#/dates/5`. */
export function hrefOf(...parts: readonly (string | number)[]): string {
  return `#/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}

/** Goes to a place in the page; with `replace`, so that "back" does not lead here again. */
export function goTo(href: string, { replace = false } = {}): void {
  if (replace) {
    location.replace(href);
  } else {
    location.hash = href;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
