import type { Steps } from '@nano/core/driver'
import { either, literal } from './grammar-builder.ts'

/** How deep a tree branches; beyond, the rest of each text is written out. */
const maxDepth = 40

/**
 * One of some texts, as a tree of what they begin with: a parser follows one branch of it, however
 * many texts there are. `bodyAfter` is what follows a text.
 */
export function literalTree(
  texts: ReadonlySet<string>,
  bodyAfter: (text: string) => string = () => '',
): Steps<string> {
  const writeEnd = (text: string, at: number) => {
    const body = bodyAfter(text)
    const end = at === text.length && body ? '' : literal(text.slice(at))
    return end && body ? `${end} ${body}` : end || body
  }
  return writeBranch({ texts: [...texts], at: 0, depth: 0, writeEnd })
}

interface Branch {
  readonly texts: readonly string[]
  /** The code units that are written already. */
  readonly at: number
  readonly depth: number
  /** The rest of a text that no other shares, and what follows it. */
  readonly writeEnd: (text: string, at: number) => string
}

function* writeBranch({ texts, at, depth, writeEnd }: Branch): Steps<string> {
  const [first = ''] = texts
  if (texts.length <= 1) return writeEnd(first, at)
  yield
  const sharedEnd = findSharedEnd(texts, at)
  const prefix = sharedEnd > at ? `${literal(first.slice(at, sharedEnd))} ` : ''
  if (depth >= maxDepth) return prefix + either(...texts.map((text) => writeEnd(text, sharedEnd)))

  const groups = new Map<number | undefined, string[]>()
  for (const text of texts) {
    const next = text.codePointAt(sharedEnd)
    const group = groups.get(next)
    if (group) group.push(text)
    else groups.set(next, [text])
  }
  const bodies: string[] = []
  for (const group of groups.values())
    bodies.push(
      group.length === 1
        ? writeEnd(group[0] ?? '', sharedEnd)
        : yield* writeBranch({ texts: group, at: sharedEnd, depth: depth + 1, writeEnd }),
    )
  return prefix + either(...bodies)
}

/** Where texts that are the same up to `at` begin to differ: never within a surrogate pair. */
function findSharedEnd(texts: readonly string[], at: number): number {
  const [first = ''] = texts
  let sharedEnd = first.length
  for (const text of texts) {
    let end = at
    while (end < sharedEnd && text.charCodeAt(end) === first.charCodeAt(end)) end++
    sharedEnd = end
  }
  const isHighSurrogate = sharedEnd > at && (first.charCodeAt(sharedEnd - 1) & 0xfc00) === 0xd800
  return isHighSurrogate ? sharedEnd - 1 : sharedEnd
}
