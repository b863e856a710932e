import { tokenToBytes, type Piece } from '@nano/chat/engine'
import type { GgufVocabulary } from '../runtime.ts'

/**
 * The pieces of a byte-pair vocabulary by id, each made when first asked for: its tokens are bytes,
 * written as one character each. Nothing for another kind of vocabulary.
 */
export function bytePieces({
  model,
  tokens = [],
  token_type: types = [],
}: GgufVocabulary): ((id: number) => Piece) | undefined {
  if (model !== 'gpt2') return undefined
  const made = new Map<number, Piece>()

  return (id) => {
    const known = made.get(id)
    if (known) return known
    const text = tokens[id] ?? ''
    const type = types[id] ?? 1
    const plain = type === 3 || type === 4
    const piece = {
      bytes: plain ? new TextEncoder().encode(text) : tokenToBytes(text, 'byte-level'),
      isControl: type === 3,
    }
    made.set(id, piece)
    return piece
  }
}
