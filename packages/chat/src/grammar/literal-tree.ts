import { either, literal } from './grammar-builder.ts'

/** How deep a tree branches; beyond, the rest of each text is written out. */
const maxDepth = 40

/**
 * One of some texts, as a tree of what they begin with: a parser follows one branch of it, however
 * many texts there are.
 */
export function literalTree(texts: readonly string[]): string {
  const characters = [...new Set(texts)].toSorted().map((text) => [...text])
  return writeBranch({ texts: characters, from: 0, to: characters.length, at: 0, depth: 0 })
}

interface Branch {
  /** Sorted texts, in characters. */
  readonly texts: readonly (readonly string[])[]
  /** The first text of the branch, and the one after its last. */
  readonly from: number
  readonly to: number
  /** The characters that are written already. */
  readonly at: number
  readonly depth: number
}

function writeBranch({ texts, from, to, at, depth }: Branch): string {
  const first = texts[from] ?? []
  if (to - from === 1) return literal(first.slice(at).join(''))
  const last = texts[to - 1] ?? []
  let shared = at
  while (shared < first.length && first[shared] === last[shared]) shared++
  const prefix = shared > at ? `${literal(first.slice(at, shared).join(''))} ` : ''
  if (depth >= maxDepth)
    return (
      prefix + either(...texts.slice(from, to).map((text) => literal(text.slice(shared).join(''))))
    )

  const bodies: string[] = []
  for (let start = from; start < to;) {
    const character = texts[start]?.[shared]
    let end = start + 1
    while (end < to && texts[end]?.[shared] === character) end++
    bodies.push(writeBranch({ texts, from: start, to: end, at: shared, depth: depth + 1 }))
    start = end
  }
  return prefix + either(...bodies)
}
