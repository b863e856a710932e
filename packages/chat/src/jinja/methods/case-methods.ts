import { bindArguments } from '../values/bind-arguments.ts'
import { mapWhole } from '../text/text.ts'
import type { TextValue } from '../values/value.ts'
import { isSpace } from '../text/white-space.ts'
import type { Method } from './method.ts'

/** The methods of `str` that change or ask for the case and kind of its characters. */
export const caseMethods: readonly (readonly [string, Method<TextValue>])[] = [
  textMethod('upper', (string) => string.toUpperCase()),
  textMethod('lower', (string) => string.toLowerCase()),
  textMethod('casefold', (string) => string.toLowerCase().replaceAll('ß', 'ss')),
  textMethod('capitalize', capitalize),
  textMethod('title', toTitle),
  textMethod('swapcase', swapCase),
  booleanMethod('isdigit', (string) => /^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨]+$/u.test(string)),
  booleanMethod('isdecimal', (string) => /^\p{Nd}+$/u.test(string)),
  booleanMethod('isnumeric', (string) =>
    /^[\p{N}一二三四五六七八九十百千万億兆零〇]+$/u.test(string),
  ),
  booleanMethod('isalpha', (string) => /^\p{L}+$/u.test(string)),
  booleanMethod('isalnum', (string) => /^[\p{L}\p{N}]+$/u.test(string)),
  booleanMethod('isspace', (string) => string !== '' && [...string].every(isSpace)),
  booleanMethod(
    'isupper',
    (string) => /\p{Uppercase}/u.test(string) && !/[\p{Lowercase}\p{Lt}]/u.test(string),
  ),
  booleanMethod(
    'islower',
    (string) => /\p{Lowercase}/u.test(string) && !/[\p{Uppercase}\p{Lt}]/u.test(string),
  ),
  booleanMethod('istitle', (string) => /\p{L}/u.test(string) && toTitle(string) === string),
  booleanMethod('isascii', (string) => /^\p{ASCII}*$/u.test(string)),
  booleanMethod('isidentifier', (string) => /^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(string)),
  booleanMethod('isprintable', (string) => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(string)),
]

export function capitalize(string: string): string {
  const [first = ''] = string
  return toTitleCharacter(first) + string.slice(first.length).toLowerCase()
}

/** A capital where a letter follows none. */
function toTitle(string: string): string {
  return string.replaceAll(/\p{Cased}[\p{Cased}\p{Case_Ignorable}]*/gu, (letters) =>
    letters.replaceAll(/\p{Cased}+/gu, capitalize),
  )
}

function toTitleCharacter(character: string): string {
  const upper = character.toUpperCase()
  return [...upper].length > 1 ? upper.slice(0, 1) + upper.slice(1).toLowerCase() : upper
}

function swapCase(string: string): string {
  return Array.from(string, (character) =>
    character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase(),
  ).join('')
}

function textMethod(name: string, change: (string: string) => string) {
  const method: Method<TextValue> = (text, callArguments, run) => {
    bindArguments(name, callArguments, [])
    run.meter.chargeCharacters(text.string.length)
    return mapWhole(text, change)
  }
  return [name, method] as const
}

function booleanMethod(name: string, question: (string: string) => boolean) {
  const method: Method<TextValue> = (text, callArguments, run) => {
    bindArguments(name, callArguments, [])
    run.meter.chargeCharacters(text.string.length)
    return question(text.string)
  }
  return [name, method] as const
}
