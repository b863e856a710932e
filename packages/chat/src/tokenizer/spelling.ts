import type { Spelling } from './token-bytes.ts'

interface FileParts {
  readonly decoder?: unknown
  readonly pre_tokenizer?: unknown
  readonly normalizer?: unknown
  readonly model?: unknown
}

/**
 * How the vocabulary of a `tokenizer.json` writes bytes. Its decoder says so; of a file without
 * one, its other parts do.
 */
export function findSpelling({ decoder, pre_tokenizer, normalizer, model }: FileParts): Spelling {
  const decoderKinds = listKinds(decoder)
  if (decoderKinds.has('ByteLevel')) return 'byte-level'
  if (decoderKinds.has('ByteFallback') || decoderKinds.has('Metaspace')) return 'sentence-piece'
  const kinds = listKinds([pre_tokenizer, normalizer])
  if (kinds.has('ByteLevel')) return 'byte-level'
  const { type, byte_fallback, vocab } = (model ?? {}) as Readonly<Record<string, unknown>>
  const isUnigram = type === 'Unigram' || Array.isArray(vocab)
  return isUnigram || byte_fallback === true || kinds.has('Metaspace') || kinds.has('Prepend')
    ? 'sentence-piece'
    : 'byte-level'
}

/** The kinds of a part and of the parts in it. */
function listKinds(part: unknown): ReadonlySet<unknown> {
  if (typeof part !== 'object' || part === null) return new Set()
  const partKind = 'type' in part ? [part.type] : []
  return new Set([
    ...partKind,
    ...Object.values(part).flatMap((innerPart) => [...listKinds(innerPart)]),
  ])
}
