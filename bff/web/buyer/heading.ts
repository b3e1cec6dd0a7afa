import { useEffect, useRef } from 'preact/hooks';
import { html, type Inside, type View } from '../html.ts';

// The first page that is shown leaves the focus where the browser put it.
let shownBefore = false;

/** The heading of a step. Takes the focus when the step comes up, so that a screen reader starts there. */
export function Heading({ children, title }: { readonly children?: Inside; readonly title: string }): View {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (shownBefore) {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    shownBefore = true;
  }, []);
  useTitle(title);
  return html`<h1 tabindex="-1" ref=${heading}>${children ?? title}</h1>`;
}

/** Names the tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Boxoffice`;
  }, [title]);
}
