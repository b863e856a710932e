import { toByteLevel } from '../token-bytes.ts'
import { charsmapNormalizer } from './charsmap.ts'
import {
  parseComponents,
  readFlag,
  readText,
  type TokenizerComponent,
  unknownKind,
} from './components.ts'
import { compilePattern } from './pattern.ts'

export type Normalizer = (text: string) => string

const encoder = new TextEncoder()

/** Changes text before it is cut, as a normalizer of a `tokenizer.json` says. */
export function normalizer(component: TokenizerComponent): Normalizer {
  switch (component.type) {
    case 'Sequence': {
      const steps = parseComponents(component, 'normalizers').map(normalizer)
      return (text) => steps.reduce((result, step) => step(result), text)
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const { type } = component
      return (text) => text.normalize(type)
    }
    case 'Replace': {
      const [pattern, content] = [compilePattern(component), readText(component, 'content')]
      return (text) => text.replace(pattern, () => content)
    }
    case 'Prepend': {
      const prefix = readText(component, 'prepend')
      return (text) => text && prefix + text
    }
    case 'Strip':
      return stripNormalizer(component)
    case 'StripAccents':
      return (text) => text.replace(/\p{M}/gu, '')
    case 'Lowercase':
      // One by one, because the reference knows no other form of sigma at the end of a word.
      return (text) => Array.from(text, (character) => character.toLowerCase()).join('')
    case 'Precompiled':
      return charsmapNormalizer(readText(component, 'precompiled_charsmap'), component.name)
    case 'ByteLevel':
      return (text) => toByteLevel(encoder.encode(text))
    default:
      throw unknownKind(component)
  }
}

function stripNormalizer(component: TokenizerComponent): Normalizer {
  const [isLeft, isRight] = [readFlag(component, 'strip_left'), readFlag(component, 'strip_right')]
  return (text) => {
    const stripped = isLeft ? text.replace(/^\p{White_Space}+/u, '') : text
    return isRight ? trimEnd(stripped) : stripped
  }
}

/** A pattern for blanks at the end takes quadratic time where there are many before it. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && /\p{White_Space}/u.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
