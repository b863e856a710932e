import { fileError } from '../file-error.ts'
import { findByteTokens } from './byte-tokens.ts'
import { type Merge, mergeQueue } from './merge-queue.ts'
import { readFlag, type TokenizerComponent } from './components.ts'
import type { TokenModel } from './token-model.ts'

/** Words whose tokens are kept. */
const maxCachedWords = 10_000
/** UTF-16 units. Longer words seldom come again. */
const maxCachedLength = 256

/**
 * Byte-pair encoding: the characters of a word, of which neighbors are merged in the order of the
 * file. A character that no token has becomes its bytes, or the unknown token, or nothing.
 */
export function bytePairModel(
  component: TokenizerComponent,
  ids: ReadonlyMap<string, number>,
): TokenModel {
  const merges = readMerges(component, ids)
  const charactersOf = characterReader(component, ids)
  const takesWholeWords = readFlag(component, 'ignore_merges')
  const cache = new Map<string, readonly number[]>()

  return (word) => {
    const wholeId = takesWholeWords ? ids.get(word) : undefined
    if (wholeId !== undefined) return [wholeId]
    const cachedTokens = cache.get(word)
    if (cachedTokens) return cachedTokens
    const tokens = mergeAll(charactersOf(word), merges)
    if (word.length <= maxCachedLength) {
      if (cache.size >= maxCachedWords) cache.clear()
      cache.set(word, tokens)
    }
    return tokens
  }
}

/** By the ids of both sides, the left one times 2³². */
type Merges = ReadonlyMap<number, Pick<Merge, 'rank' | 'id'>>
const keyOf = (left: number, right: number) => left * 2 ** 32 + right

function readMerges(
  { fields, name }: TokenizerComponent,
  ids: ReadonlyMap<string, number>,
): Merges {
  const { merges: list = [], continuing_subword_prefix: prefix } = fields
  if (!Array.isArray(list)) throw fileError(name, 'its merges are not a list')
  const prefixLength = typeof prefix === 'string' ? prefix.length : 0
  return new Map(
    list.map((entry: unknown, rank) => {
      const [left, right, ...otherTokens]: unknown[] =
        typeof entry === 'string' ? entry.split(' ') : Array.isArray(entry) ? entry : []
      if (typeof left !== 'string' || typeof right !== 'string' || otherTokens.length > 0)
        throw fileError(name, `its merge ${rank} is not two tokens`)
      const merged = left + right.slice(prefixLength)
      const [leftId, rightId, id] = [left, right, merged].map((token) => ids.get(token))
      if (leftId === undefined || rightId === undefined || id === undefined)
        throw fileError(
          name,
          `its merge ${rank} of ${JSON.stringify(left)} and ${JSON.stringify(right)} has a ` +
            'token that is not in its vocabulary',
        )
      return [keyOf(leftId, rightId), { rank, id }] as const
    }),
  )
}

/** Reads the tokens of single characters, before any are merged. */
function characterReader(
  component: TokenizerComponent,
  ids: ReadonlyMap<string, number>,
): TokenModel {
  const {
    unk_token: unknown,
    continuing_subword_prefix: prefix,
    end_of_word_suffix: suffix,
  } = component.fields
  const unknownId = typeof unknown === 'string' ? ids.get(unknown) : undefined
  const fusesUnknown = readFlag(component, 'fuse_unk')
  const byteTokens = readFlag(component, 'byte_fallback') ? findByteTokens(ids) : undefined

  return (word) => {
    const tokens: number[] = []
    const characters = [...word]
    // The reference writes an unknown token when it knows what follows, but after bytes.
    let hasUnknown = false
    for (const [index, character] of characters.entries()) {
      const start = index > 0 && typeof prefix === 'string' ? prefix : ''
      const end = index === characters.length - 1 && typeof suffix === 'string' ? suffix : ''
      const token = start + character + end
      const id = ids.get(token)
      const bytes = id === undefined ? byteTokens?.(token) : undefined
      if (bytes) tokens.push(...bytes)
      if (bytes || (id === undefined && unknownId === undefined)) continue
      if (hasUnknown && unknownId !== undefined && !(id === undefined && fusesUnknown))
        tokens.push(unknownId)
      if (id !== undefined) tokens.push(id)
      hasUnknown = id === undefined
    }
    if (hasUnknown && unknownId !== undefined) tokens.push(unknownId)
    return tokens
  }
}

/** Merges neighbors until no merge is left. The tokens form a list, from which merged ones go. */
function mergeAll(tokens: readonly number[], merges: Merges): readonly number[] {
  const ids = [...tokens]
  const next = ids.map((_, index) => index + 1)
  const previous = ids.map((_, index) => index - 1)
  const isMerged = ids.map(() => false)
  const queue = mergeQueue()

  function offer(position: number): void {
    const [left, right] = [ids[position], ids[next[position] ?? -1]]
    const merge = left === undefined || right === undefined || merges.get(keyOf(left, right))
    if (typeof merge === 'object') queue.push({ position, ...merge })
  }

  for (const position of ids.keys()) offer(position)
  for (let merge = queue.pop(); merge; merge = queue.pop()) {
    const { position, id } = merge
    const rightPosition = next[position] ?? -1
    const [left, right] = [ids[position], ids[rightPosition]]
    if (isMerged[position] || left === undefined || right === undefined) continue
    // The neighbors may have changed since the merge was offered.
    if (merges.get(keyOf(left, right))?.id !== id) continue
    ids[position] = id
    isMerged[rightPosition] = true
    const following = next[rightPosition] ?? -1
    next[position] = following
    if (following < ids.length) previous[following] = position
    offer(previous[position] ?? -1)
    offer(position)
  }
  return ids.filter((_, index) => !isMerged[index])
}
