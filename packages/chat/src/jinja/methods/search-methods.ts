import { typeError, valueError } from '../errors.ts'
import { bindArguments, integerArgument, textArgument } from '../values/bind-arguments.ts'
import { codePointOfOffset, countCodePoints, offsetOfCodePoint } from '../text/code-points.ts'
import {
  type Arguments,
  classOf,
  isText,
  type Run,
  type TextValue,
  type Value,
} from '../values/value.ts'
import type { Method } from './method.ts'

/** The methods of `str` that look for another text. */
export const searchMethods: readonly (readonly [string, Method<TextValue>])[] = [
  [
    'startswith',
    (text, callArguments, run) => hasAffix(text, callArguments, { side: 'startsWith', run }),
  ],
  [
    'endswith',
    (text, callArguments, run) => hasAffix(text, callArguments, { side: 'endsWith', run }),
  ],
  [
    'find',
    (text, callArguments, run) => findIn(text, callArguments, { direction: 'indexOf', run }),
  ],
  [
    'rfind',
    (text, callArguments, run) => findIn(text, callArguments, { direction: 'lastIndexOf', run }),
  ],
  [
    'index',
    (text, callArguments, run) => mustFindIn(text, callArguments, { direction: 'indexOf', run }),
  ],
  [
    'rindex',
    (text, callArguments, run) =>
      mustFindIn(text, callArguments, { direction: 'lastIndexOf', run }),
  ],
  ['count', countIn],
]

/** The part of a text that the optional arguments `start` and `end` name, in UTF-16 units. */
function readWindow(text: TextValue, start: Value | undefined, end: Value | undefined) {
  if (start === undefined && end === undefined) return { string: text.string, offset: 0 }
  const length = countCodePoints(text.string)
  const clamp = (value: Value | undefined, fallback: number) => {
    const index = value === null ? fallback : integerArgument(value, fallback)
    return Math.max(index < 0 ? index + length : index, 0)
  }
  const from = clamp(start, 0)
  if (from > length) return undefined
  const offset = offsetOfCodePoint(text.string, from)
  return {
    string: text.string.slice(offset, offsetOfCodePoint(text.string, clamp(end, length))),
    offset,
  }
}

function hasAffix(
  text: TextValue,
  callArguments: Arguments,
  { side, run }: { readonly side: 'startsWith' | 'endsWith'; readonly run: Run },
): Value {
  const [affix = null, start, end] = bindArguments(side.toLowerCase(), callArguments, [
    '/affix',
    '/start?',
    '/end?',
  ])
  const window = readWindow(text, start, end)
  const affixes = typeof affix === 'object' && affix?.type === 'tuple' ? affix.items : [affix]
  run.meter.charge(affixes.length)
  const strings = affixes.map((item) => {
    if (isText(item)) return item.string
    throw typeError(
      `${side.toLowerCase()} first arg must be str or a tuple of str, not ${classOf(item)}`,
    )
  })
  return strings.some((string) => window?.string[side](string) ?? false)
}

interface Search {
  readonly direction: 'indexOf' | 'lastIndexOf'
  readonly run: Run
}

function findIn(text: TextValue, callArguments: Arguments, { direction, run }: Search): bigint {
  const [search, start, end] = bindArguments('find', callArguments, ['/sub', '/start?', '/end?'])
  const window = readWindow(text, start, end)
  const { string } = textArgument(search)
  run.meter.chargeSearch(text.string.length, string.length)
  const index = window?.string[direction](string) ?? -1
  return BigInt(index < 0 ? -1 : codePointOfOffset(text.string, index + (window?.offset ?? 0)))
}

function mustFindIn(text: TextValue, callArguments: Arguments, options: Search): bigint {
  const index = findIn(text, callArguments, options)
  if (index < 0n) throw valueError('substring not found')
  return index
}

function countIn(text: TextValue, callArguments: Arguments, run: Run): Value {
  const [search, start, end] = bindArguments('count', callArguments, ['/sub', '/start?', '/end?'])
  const { string } = textArgument(search)
  run.meter.chargeSearch(text.string.length, string.length)
  const window = readWindow(text, start, end)
  if (!window) return 0n
  if (!string) return BigInt(countCodePoints(window.string) + 1)
  let count = 0n
  for (let at = window.string.indexOf(string); at >= 0; count += 1n)
    at = window.string.indexOf(string, at + string.length)
  return count
}
