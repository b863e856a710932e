/** Returns the name that needs the fewest edits to become `name`; nothing where none is near. */
export function findNearestName(name: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .map((candidate) => ({ candidate, edits: countEdits(name, candidate) }))
    .sort((a, b) => a.edits - b.edits)
  return nearest && nearest.edits <= Math.max(name.length, nearest.candidate.length) / 2
    ? nearest.candidate
    : undefined
}

/** Levenshtein's distance, case aside. */
function countEdits(from: string, to: string): number {
  let distances = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...from.toLowerCase()].entries()) {
    const next = [row + 1]
    for (let column = 1; column <= to.length; column++)
      next[column] = Math.min(
        (distances[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (distances[column - 1] ?? 0) + Number(letter !== to[column - 1]?.toLowerCase()),
      )
    distances = next
  }
  return distances[to.length] ?? from.length
}
