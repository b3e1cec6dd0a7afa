import { Component } from 'preact';
import { html, type Inside, type View } from './html.ts';

interface BoundaryProps {
  /** Drawn instead of what failed. */
  readonly fallback: (error: unknown) => View;
  readonly children?: Inside;
}

/** Keeps a fault in drawing from leaving an empty page. */
export class Boundary extends Component<BoundaryProps, { readonly error?: unknown }> {
  static override getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render({ fallback, children }: BoundaryProps, { error }: { readonly error?: unknown }): View {
    return error === undefined ? html`${children}` : fallback(error);
  }
}
