import * as huggingFace from '@huggingface/tokenizers'
import { isJsonObject } from '@nano/core/driver'
import { fileError } from '../file-error.ts'
import type { TokenizerComponent } from './components.ts'

/** What is used of the library, whose own types TypeScript cannot resolve in an ES module. */
interface Library {
  readonly SplitPreTokenizer: new (options: object) => { readonly pattern: RegExp | null }
}

const { SplitPreTokenizer } = huggingFace as unknown as Library

/**
 * The pattern of a component that splits or replaces text, with the flags `g` and `u`. Files write
 * regular expressions as Oniguruma reads them; the library translates them.
 */
export function compilePattern({ fields, name }: TokenizerComponent): RegExp {
  const { String: text, Regex: regex } = isJsonObject(fields.pattern) ? fields.pattern : {}
  const pattern =
    typeof text === 'string' ? { String: text } : typeof regex === 'string' && { Regex: regex }
  if (!pattern) throw fileError(name, 'a part that splits or replaces text has no pattern')
  try {
    const library = new SplitPreTokenizer({ type: 'Split', pattern, behavior: 'Isolated' })
    if (library.pattern) return library.pattern
  } catch (cause) {
    throw fileError(name, cause instanceof Error ? cause.message : String(cause), cause)
  }
  throw fileError(name, `the pattern ${JSON.stringify(pattern)} cannot be compiled`)
}
