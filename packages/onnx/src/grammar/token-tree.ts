import type { AutomatonState } from './automaton.ts'
import { addToken, emptyMask, type TokenMask } from './token-mask.ts'

/**
 * The tokens of a vocabulary as a tree, in which they share the bytes that they begin with. The
 * nodes are numbered so that those below a node follow it.
 */
interface TokenTree {
  /** The byte of each node. */
  readonly bytes: Uint8Array
  /** How many nodes stand above each. */
  readonly depths: Uint16Array
  /** The first node that is not below each. */
  readonly ends: Int32Array
  /** The tokens in the order of the nodes that they end at. */
  readonly tokens: Int32Array
  /** How many tokens end at a node or at one before it. */
  readonly tokenCounts: Int32Array
}

/** Finds the tokens that lead from a state to another. */
export type FindTokens = (state: AutomatonState) => TokenMask

/** `texts`: the bytes of each token. A token without bytes leads nowhere. */
export function tokenFinder(texts: readonly Uint8Array[]): FindTokens {
  const tree = buildTree(texts)
  return (state) => {
    const mask = emptyMask(texts.length)
    addTokens(mask, tree, state)
    return mask
  }
}

function addTokens(
  mask: TokenMask,
  { bytes, depths, ends, tokens, tokenCounts }: TokenTree,
  state: AutomatonState,
): void {
  /** The states after each byte that may follow the bytes above the node, by depth. */
  const path = [state.next]
  let node = 0
  while (node < bytes.length) {
    const depth = depths[node] ?? 0
    const next = path[depth]?.[bytes[node] ?? 0]
    const end = ends[node] ?? bytes.length
    if (next) {
      if (end > node + 1) path[depth + 1] = next.next
      const tokenCount = tokenCounts[node] ?? 0
      for (let index = tokenCounts[node - 1] ?? 0; index < tokenCount; index++)
        addToken(mask, tokens[index] ?? 0)
    }
    node = next ? node + 1 : end
  }
}

function buildTree(texts: readonly Uint8Array[]): TokenTree {
  // A character for each byte: texts sort as their bytes do.
  const entries = texts
    .map((bytes, token) => ({ token, text: String.fromCharCode(...bytes) }))
    .filter(({ text }) => text !== '')
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
  const bytes: number[] = []
  const depths: number[] = []
  const ends: number[] = []
  const tokenCounts: number[] = []
  /** The nodes of the last text. */
  let path: readonly number[] = []
  let lastText = ''

  function closeNodes(depth: number): void {
    for (const node of path.slice(depth)) ends[node] = bytes.length
  }

  for (const [index, { text }] of entries.entries()) {
    const sharedLength = countShared(lastText, text)
    closeNodes(sharedLength)
    const nodes = path.slice(0, sharedLength)
    for (let depth = sharedLength; depth < text.length; depth++) {
      nodes.push(bytes.length)
      bytes.push(text.charCodeAt(depth))
      depths.push(depth)
      tokenCounts.push(index)
    }
    // Tokens of the same bytes end at the same node, which is the last one.
    tokenCounts[tokenCounts.length - 1] = index + 1
    path = nodes
    lastText = text
  }
  closeNodes(0)
  return {
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    ends: Int32Array.from(ends),
    tokens: Int32Array.from(entries, ({ token }) => token),
    tokenCounts: Int32Array.from(tokenCounts),
  }
}

function countShared(text: string, otherText: string): number {
  const length = Math.min(text.length, otherText.length)
  for (let index = 0; index < length; index++)
    if (text.charCodeAt(index) !== otherText.charCodeAt(index)) return index
  return length
}
