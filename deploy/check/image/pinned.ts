/** Whether an image is the same tomorrow, as far as a tag can promise: a whole version (`18.4-trixie`), or a digest. */
export function isPinned(image: string): boolean {
  const tag = /:([^/@]+)(?:@|$)/.exec(image)?.[1] ?? '';
  return /@sha256:[0-9a-f]{64}$/.test(image) || /^v?\d+\.\d+/.test(tag);
}
