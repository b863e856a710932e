import { format as formats } from '@cfworker/json-schema'

/**
 * Whether a text is a host whose labels may have letters of any script, as IDNA2008 allows them.
 * The URL parser of the platform knows which labels have a form in ASCII, and the rules of scripts
 * that are written from right to left; it allows more characters than IDNA2008.
 * @see https://www.rfc-editor.org/rfc/rfc5892
 */
export function isInternationalHost(text: string): boolean {
  if (/[\s/?#@:\\[\]%]/.test(text) || !text.split(/[.\u3002\uFF0E\uFF61]/).every(isLabel))
    return false
  try {
    return formats['hostname']?.(new URL(`http://${text}`).hostname) !== false
  } catch {
    return false
  }
}

function isLabel(label: string): boolean {
  const isEncoded = /^xn--/i.test(label)
  const letters = isEncoded ? decodePunycode(label.slice(4).toLowerCase()) : label
  return (
    letters !== undefined &&
    !/^..--/su.test(letters) &&
    [...letters].every(isAllowed) &&
    contextRules.every((rule) => !rule.test(letters))
  )
}

/** Letters, marks and digits by their category, though no label may have them. */
const disallowed =
  /[\u302E-\u302F\u0640\u07FA\u3031-\u3035\u303B\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF]|\p{DI}/u
/** Of other categories, though labels may have them, some in one context alone. */
const exceptions = /[\u00B7\u0375\u05F3\u05F4\u06FD\u06FE\u0F0B\u3007\u30FB]|\u200C|\u200D/u

function isAllowed(character: string): boolean {
  if (character < '\x80' || exceptions.test(character)) return true
  const foldedCharacter = character.normalize('NFKC').toLowerCase().normalize('NFKC')
  return (
    /[\p{L}\p{Mn}\p{Mc}\p{Nd}]/u.test(character) &&
    foldedCharacter === character &&
    !disallowed.test(character)
  )
}

/** What a label has where a character stands in a wrong context; RFC 5892, appendix A. */
const contextRules = [
  // A middle dot stands between two l.
  /(?<!l)\u00B7|\u00B7(?!l)/u,
  // A keraia stands before a Greek letter.
  /\u0375(?!\p{Script=Greek})/u,
  // Geresh and gershayim stand after a Hebrew letter.
  /(?<!\p{Script=Hebrew})[\u05F3\u05F4]/u,
  // A katakana middle dot stands in a label with Japanese letters.
  /^(?!.*[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]).*\u30FB/su,
  // Digits of Arabic and of Persian are not mixed.
  /[\u0660-\u0669].*[\u06F0-\u06F9]|[\u06F0-\u06F9].*[\u0660-\u0669]/su,
]

/** The most characters of a label. */
const maxLength = 63

/**
 * The text that a label without `xn--` stands for; undefined where it stands for none.
 * @see https://www.rfc-editor.org/rfc/rfc3492#section-6.2
 */
function decodePunycode(label: string): string | undefined {
  const delimiterAt = label.lastIndexOf('-')
  const characters = Array.from(label.slice(0, Math.max(0, delimiterAt)))
  let [codePoint, at, bias] = [128, 0, 72]
  if (label.length > maxLength || delimiterAt === label.length - 1) return undefined
  for (let index = delimiterAt + 1; index < label.length;) {
    const startAt = at
    for (let weight = 1, shift = 36; ; shift += 36) {
      const digit = 'abcdefghijklmnopqrstuvwxyz0123456789'.indexOf(label[index] ?? '?')
      if (digit < 0) return undefined
      index++
      at += digit * weight
      const threshold = Math.min(26, Math.max(1, shift - bias))
      if (digit < threshold) break
      weight *= 36 - threshold
    }
    const length = characters.length + 1
    bias = adaptBias(at - startAt, length, startAt === 0)
    codePoint += Math.floor(at / length)
    if (codePoint > 0x10ffff) return undefined
    at %= length
    characters.splice(at, 0, String.fromCodePoint(codePoint))
    at++
  }
  return characters.join('')
}

function adaptBias(distance: number, length: number, isFirst: boolean): number {
  let delta = Math.floor(distance / (isFirst ? 700 : 2))
  delta += Math.floor(delta / length)
  let shift = 0
  for (; delta > 455; shift += 36) delta = Math.floor(delta / 35)
  return shift + Math.floor((36 * delta) / (delta + 38))
}
