/**
 * Length of the longest suffix of `text` that could still grow into `marker`.
 * `heldBack('a <th', '<think>')` is 3. A complete marker counts as 0: search for that first.
 */
export function heldBack(text: string, marker: string): number {
  for (let length = Math.min(text.length, marker.length - 1); length > 0; length--) {
    if (marker.startsWith(text.slice(-length))) return length
  }
  return 0
}

/** The first of several markers in `text`, and where it is; at infinity where there is none. */
export function findFirstMarker(
  text: string,
  markers: readonly string[],
): { readonly at: number; readonly marker?: string } {
  let first: { at: number; marker?: string } = { at: Infinity }
  for (const marker of markers) {
    const at = text.indexOf(marker)
    if (at >= 0 && at < first.at) first = { at, marker }
  }
  return first
}
