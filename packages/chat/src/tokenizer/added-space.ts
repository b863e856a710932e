import { isJsonObject } from '@nano/core/driver'
import { parseMetaspace } from './encoding/metaspace.ts'
import { parseComponent } from './encoding/components.ts'
import type { AddedToken } from './vocabulary.ts'

/** Where a tokenizer adds a space that the text does not have. */
export interface AddedSpace {
  /** Before the start of a text. */
  readonly atStart: boolean
  /** Before the text that follows such a token. */
  isAfter(token: AddedToken): boolean
}

/** Reads from a `tokenizer.json` where it adds spaces. */
export function findAddedSpace(file: Readonly<Record<string, unknown>>, name: string): AddedSpace {
  const prepends = listParts(file.normalizer).some(
    ({ type, prepend }) => type === 'Prepend' && (prepend === '▁' || prepend === ' '),
  )
  const schemes = listParts(file.pre_tokenizer).map((part) => {
    if (part.type === 'ByteLevel') return part.add_prefix_space === false ? 'never' : 'always'
    const metaspace = part.type === 'Metaspace' && parseComponent(part, 'pre-tokenizer', name)
    return metaspace ? parseMetaspace(metaspace).prependScheme : 'never'
  })
  const isEverywhere = schemes.includes('always')
  return {
    atStart: prepends || isEverywhere || schemes.includes('first'),
    // A normalized token is found in what the normalizer has prepended to.
    isAfter: ({ isNormalized }) => isEverywhere || (prepends && !isNormalized),
  }
}

/** A part and the parts in it. */
function listParts(part: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(part)) return part.flatMap(listParts)
  return isJsonObject(part) ? [part, ...Object.values(part).flatMap(listParts)] : []
}
