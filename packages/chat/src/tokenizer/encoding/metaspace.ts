import { fileError } from '../file-error.ts'
import { type Part, readFlag, readText } from './parts.ts'

/** How a `Metaspace` writes spaces. */
export interface Metaspace {
  /** Stands for a space. */
  readonly replacement: string
  /** Before which texts a space is added: all between added tokens, the first one, or none. */
  readonly prependScheme: 'always' | 'first' | 'never'
  /** Whether words are tokenized apart. */
  readonly splits: boolean
}

/** Reads a `Metaspace`. Older files have `add_prefix_space` in place of a scheme. */
export function parseMetaspace(part: Part): Metaspace {
  const scheme = readText(part, 'prepend_scheme', 'always')
  const prependScheme = readFlag(part, 'add_prefix_space', true) ? scheme : 'never'
  if (prependScheme !== 'always' && prependScheme !== 'first' && prependScheme !== 'never')
    throw fileError(part.name, `its ${part.role} adds spaces in the unknown way ${scheme}`)
  return {
    replacement: readText(part, 'replacement', '▁'),
    prependScheme,
    splits: readFlag(part, 'split', true),
  }
}
