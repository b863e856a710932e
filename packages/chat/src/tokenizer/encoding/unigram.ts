import { fileError } from '../file-error.ts'
import type { TokenModel } from './token-model.ts'
import { findByteTokens } from './byte-tokens.ts'
import { readFlag, type TokenizerComponent } from './components.ts'

/** How much less likely than the least likely token a character is that no token has. */
const unknownPenalty = 10

interface TrieNode {
  readonly children: Map<string, TrieNode>
  id?: number
}

/** The best way to the end of a token. */
interface Path {
  readonly score: number
  /** Where its last token begins. */
  readonly start: number
  readonly id: number | undefined
}

/**
 * Unigram: of all ways to cut a text into tokens, the one with the highest sum of scores, and of
 * those with the same sum the one that the reference finds first. Characters in a row that no token
 * has become their bytes, or the unknown token once.
 * @see https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/unigram/model.rs
 */
export function unigramModel(component: TokenizerComponent): TokenModel {
  const { fields, name } = component
  const vocabulary = readScores(component)
  const unknownId = typeof fields.unk_id === 'number' ? fields.unk_id : undefined
  const ids = new Map(vocabulary.map(([token], id) => [token, id]))
  const scores = vocabulary.map(([, score]) => score)
  const byteTokens = readFlag(component, 'byte_fallback') ? findByteTokens(ids) : undefined
  const root = createTrie(ids)
  const unknownScore = scores.reduce((minScore, score) => Math.min(minScore, score), Infinity)

  function findPaths(text: string): readonly (Path | undefined)[] {
    const paths: (Path | undefined)[] = [{ score: 0, start: 0, id: undefined }]
    const offer = (end: number, path: Path) => {
      if (path.score > (paths[end]?.score ?? -Infinity)) paths[end] = path
    }
    for (let start = 0; start < text.length;) {
      const score = paths[start]?.score ?? 0
      const length = lengthAt(text, start)
      let node: TrieNode | undefined = root
      let hasCharacter = false
      for (let end = start; node && end < text.length;) {
        const characterEnd = end + lengthAt(text, end)
        node = node.children.get(text.slice(end, characterEnd))
        end = characterEnd
        if (node?.id === undefined) continue
        offer(end, { score: score + (scores[node.id] ?? 0), start, id: node.id })
        hasCharacter ||= end === start + length
      }
      if (!hasCharacter)
        offer(start + length, {
          score: score + unknownScore - unknownPenalty,
          start,
          id: unknownId,
        })
      start += length
    }
    return paths
  }

  function tokensOf(text: string): readonly number[] {
    const id = ids.get(text)
    if (id !== undefined) return [id]
    const tokens = byteTokens?.(text) ?? (unknownId === undefined ? undefined : [unknownId])
    if (tokens) return tokens
    throw fileError(name, `it has no token for ${JSON.stringify(text)}, and no unknown token`)
  }

  return (text) => cutAlong(findPaths(text), text, unknownId).flatMap(tokensOf)
}

/** The texts of the tokens; unknown characters in a row are one. */
function cutAlong(
  paths: readonly (Path | undefined)[],
  text: string,
  unknownId: number | undefined,
): readonly string[] {
  const texts: string[] = []
  let unknownEnd: number | undefined
  for (let end = text.length; end > 0;) {
    const { start, id } = paths[end] ?? { start: 0, id: unknownId }
    const isUnknown = id === unknownId
    if (!isUnknown && unknownEnd !== undefined) texts.push(text.slice(end, unknownEnd))
    if (!isUnknown) texts.push(text.slice(start, end))
    unknownEnd = isUnknown ? (unknownEnd ?? end) : undefined
    end = start
  }
  if (unknownEnd !== undefined) texts.push(text.slice(0, unknownEnd))
  return texts.reverse()
}

function readScores({ fields, name }: TokenizerComponent): readonly (readonly [string, number])[] {
  const { vocab } = fields
  if (!Array.isArray(vocab)) throw fileError(name, 'it has no list of tokens with scores')
  return vocab.map((entry: unknown, id) => {
    const [token, score]: unknown[] = Array.isArray(entry) ? entry : []
    if (typeof token === 'string' && typeof score === 'number') return [token, score] as const
    throw fileError(name, `its token ${id} is not a text with a score`)
  })
}

function createTrie(ids: ReadonlyMap<string, number>): TrieNode {
  const root: TrieNode = { children: new Map() }
  for (const [token, id] of ids) {
    let node = root
    for (const character of token) {
      const child = node.children.get(character) ?? { children: new Map() }
      node.children.set(character, child)
      node = child
    }
    node.id = id
  }
  return root
}

/** UTF-16 units of the character at this place. */
function lengthAt(text: string, index: number): number {
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1
}
