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
