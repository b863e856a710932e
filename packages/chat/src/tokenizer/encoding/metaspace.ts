import { fileError } from '../file-error.ts'
import { readFlag, readText, type TokenizerComponent } from './components.ts'

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
export function parseMetaspace(component: TokenizerComponent): Metaspace {
  const scheme = readText(component, 'prepend_scheme', 'always')
  const prependScheme = readFlag(component, 'add_prefix_space', true) ? scheme : 'never'
  if (prependScheme !== 'always' && prependScheme !== 'first' && prependScheme !== 'never')
    throw fileError(
      component.name,
      `its ${component.role} adds spaces in the unknown way ${scheme}`,
    )
  return {
    replacement: readText(component, 'replacement', '▁'),
    prependScheme,
    splits: readFlag(component, 'split', true),
  }
}
