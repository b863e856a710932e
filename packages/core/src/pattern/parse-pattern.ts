import { type CharacterSet, invertRanges, type Pattern } from './pattern.ts'

type Ranges = CharacterSet['ranges']

const digits: Ranges = [[48, 57]]
const wordCharacters: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const spaces: Ranges = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const lineEnds: Ranges = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

/** Groups in groups, for which the stack is deep enough everywhere. */
const maxDepth = 500

/** Code units; longer patterns take too long for each character of a text. */
const maxLength = 10_000

/**
 * Reads a regular expression as JavaScript does, escapes that only older schemas write included.
 * Undefined for a text that is none or longer than 10,000 code units, for one with a back
 * reference, which is no regular language, and for one with groups in more than 500 others.
 */
export function parsePattern(source: string): Pattern | undefined {
  if (!isRegularExpression(source) || source.length > maxLength) return undefined
  const characters = [...source]
  let position = 0
  let isRegular = true
  /** How many groups the position is in. */
  let depth = 0

  /** Whether these characters of ASCII come next. */
  function peek(text: string): boolean {
    for (let index = 0; index < text.length; index++)
      if (characters[position + index] !== text[index]) return false
    return true
  }
  const take = (text: string) => {
    const isNext = peek(text)
    if (isNext) position += text.length
    return isNext
  }

  function readChoice(): Pattern {
    if (depth > maxDepth) {
      isRegular = false
      position = characters.length
    }
    depth += 1
    const options = [readSequence()]
    while (take('|')) options.push(readSequence())
    depth -= 1
    return options.length === 1 ? (options[0] ?? { type: 'start' }) : { type: 'choice', options }
  }

  function readSequence(): Pattern {
    const parts: Pattern[] = []
    while (position < characters.length && !peek('|') && !peek(')')) parts.push(readRepeat())
    return parts.length === 1 && parts[0] ? parts[0] : { type: 'sequence', parts }
  }

  function readRepeat(): Pattern {
    const body = readAtom()
    const counts = readCounts()
    if (!counts) return body
    take('?')
    return { type: 'repeat', body, ...counts }
  }

  function readCounts(): { min: number; max: number } | undefined {
    if (take('*')) return { min: 0, max: Infinity }
    if (take('+')) return { min: 1, max: Infinity }
    if (take('?')) return { min: 0, max: 1 }
    if (!peek('{')) return undefined
    const counts = /^\{(\d+)(,?)(\d*)\}/.exec(characters.slice(position, position + 40).join(''))
    if (!counts) return undefined
    const [text, min, comma, max] = counts
    position += text.length
    const unlimited = max ? Number(max) : Infinity
    return { min: Number(min), max: comma ? unlimited : Number(min) }
  }

  function readAtom(): Pattern {
    if (take('^')) return { type: 'start' }
    if (take('$')) return { type: 'end' }
    if (take('.')) return characterSet(lineEnds, { isNegated: true })
    if (take('[')) return readClass()
    if (take('(')) return readGroup()
    if (take('\\')) return readEscape()
    return characterOf(characters[position++])
  }

  function readGroup(): Pattern {
    const looks = [
      { mark: '?=', isBehind: false, isNegated: false },
      { mark: '?!', isBehind: false, isNegated: true },
      { mark: '?<=', isBehind: true, isNegated: false },
      { mark: '?<!', isBehind: true, isNegated: true },
    ]
    const look = looks.find(({ mark }) => take(mark))
    if (!look && !take('?:') && take('?<')) while (!take('>')) position++
    const body = readChoice()
    take(')')
    return look ? { type: 'look', body, isBehind: look.isBehind, isNegated: look.isNegated } : body
  }

  function readEscape(): Pattern {
    if (take('b')) return { type: 'word-edge', isNegated: false }
    if (take('B')) return { type: 'word-edge', isNegated: true }
    if (peek('k<') || /[1-9]/.test(characters[position] ?? '')) isRegular = false
    return readSetEscape()
  }

  /** What follows a backslash, in a class or outside of one. */
  function readSetEscape(): CharacterSet {
    const escape = characters[position++] ?? ''
    const sets: Readonly<Record<string, Ranges>> = { d: digits, w: wordCharacters, s: spaces }
    const set = sets[escape.toLowerCase()]
    if (set) return characterSet(set, { isNegated: escape !== escape.toLowerCase() })
    if (escape === 'p' || escape === 'P') {
      const end = characters.indexOf('}', position)
      const name = characters.slice(position, end + 1).join('')
      position = end + 1
      return characterSet([], { properties: [`\\${escape}${name}`] })
    }
    if (escape === 'u' && take('{')) {
      const end = characters.indexOf('}', position)
      const code = Number.parseInt(characters.slice(position, end).join(''), 16)
      position = end + 1
      return characterSet([[code, code]])
    }
    if (escape === 'u' || escape === 'x') {
      const high = readHex(escape === 'u' ? 4 : 2)
      const isHigh = high >= 0xd800 && high <= 0xdbff && peek('\\u')
      const start = position
      if (isHigh) {
        position += 2
        const low = readHex(4)
        if (low >= 0xdc00 && low <= 0xdfff) {
          const code = (high - 0xd800) * 0x400 + low - 0xdc00 + 0x10000
          return characterSet([[code, code]])
        }
        position = start
      }
      return characterSet([[high, high]])
    }
    if (escape === 'c') {
      const code = (characters[position++] ?? '').charCodeAt(0) % 32
      return characterSet([[code, code]])
    }
    const control = controls[escape]
    return control === undefined ? characterOf(escape) : characterSet([[control, control]])
  }

  function readHex(length: number): number {
    const code = Number.parseInt(characters.slice(position, position + length).join(''), 16)
    position += length
    return code
  }

  function readClass(): Pattern {
    const isNegated = take('^')
    const members: CharacterSet[] = []
    while (position < characters.length && !take(']')) {
      const member = readMember()
      const from = singleCharacter(member)
      if (!peek('-') || characters[position + 1] === ']' || from === undefined) {
        members.push(member)
        continue
      }
      position++
      const end = readMember()
      const to = singleCharacter(end)
      if (to === undefined) members.push(member, characterOf('-'), end)
      else members.push(characterSet([[from, to]]))
    }
    return joinSets(members, isNegated)
  }

  function readMember(): CharacterSet {
    // In a class, \b is a backspace.
    if (take('\\b')) return characterSet([[8, 8]])
    return take('\\') ? readSetEscape() : characterOf(characters[position++])
  }

  const pattern = readChoice()
  return isRegular && position === characters.length ? pattern : undefined
}

function isRegularExpression(source: string): boolean {
  return ['u', ''].some((flags) => {
    try {
      return new RegExp(source, flags) instanceof RegExp
    } catch {
      return false
    }
  })
}

function characterSet(
  ranges: Ranges,
  { properties = [], isNegated = false }: Partial<Omit<CharacterSet, 'type' | 'ranges'>> = {},
): CharacterSet {
  return { type: 'characters', ranges, properties, isNegated }
}

function characterOf(character = ''): CharacterSet {
  const code = character.codePointAt(0) ?? 0
  return characterSet([[code, code]])
}

function singleCharacter({ ranges, isNegated, properties }: CharacterSet): number | undefined {
  const [range] = ranges
  const isSingle = range && ranges.length === 1 && range[0] === range[1] && !isNegated
  return isSingle && properties.length === 0 ? range[0] : undefined
}

/** The union of the members of a class; a member such as `\D` is written as what it leaves. */
function joinSets(members: readonly CharacterSet[], isNegated: boolean): CharacterSet {
  return {
    type: 'characters',
    ranges: members.flatMap((member) =>
      member.isNegated ? invertRanges(member.ranges) : member.ranges,
    ),
    properties: members.flatMap(({ properties }) => properties),
    isNegated,
  }
}
