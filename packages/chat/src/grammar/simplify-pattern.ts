import type { Pattern } from '@nano/core/driver'

type Repetition = Extract<Pattern, { type: 'repeat' }>

/** The most parts of a block that is looked for twice in a row. */
const maxBlockLength = 8

/** The most parts of what is written without its empty text: each may be written several times. */
const maxSplitSize = 40

/**
 * The same language with fewer ways to read a text, of which llama.cpp follows all: `a?a?` becomes
 * `a{0,2}`, and `(a*b?)*` becomes `(a|b)*`.
 */
export function simplifyPattern(pattern: Pattern): Pattern {
  const numbers = new Map<string, number>()
  const knownNumbers = new WeakMap<Pattern, number>()

  /** The same number for the same pattern. */
  function numberOf(part: Pattern): number {
    const knownNumber = knownNumbers.get(part)
    if (knownNumber !== undefined) return knownNumber
    const key = keyOf(part)
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    knownNumbers.set(part, number)
    return number
  }

  function keyOf(part: Pattern): string {
    if (part.type === 'sequence') return `sequence ${part.parts.map(numberOf).join()}`
    if (part.type === 'choice') return `choice ${part.options.map(numberOf).join()}`
    if (part.type === 'repeat') return `${numberOf(part.body)} {${part.min},${part.max}}`
    return JSON.stringify(part)
  }

  function simplify(part: Pattern): Pattern {
    if (part.type === 'sequence') return sequence(mergeParts(part.parts.map(simplify)))
    if (part.type === 'choice') return choice(part.options.map(simplify))
    return part.type === 'repeat' ? simplifyRepeat({ ...part, body: simplify(part.body) }) : part
  }

  function choice(options: readonly Pattern[]): Pattern {
    const distinctOptions = [
      ...new Map(options.map((option) => [numberOf(option), option])).values(),
    ]
    const [only] = distinctOptions
    return only && distinctOptions.length === 1
      ? only
      : { type: 'choice', options: distinctOptions }
  }

  /** Writes blocks that follow each other, and are the same or may be empty, as one repetition. */
  function mergeParts(separateParts: readonly Pattern[]): readonly Pattern[] {
    const parts = joinNeighbors(separateParts)
    const merged: Pattern[] = []
    for (let at = 0; at < parts.length;) {
      const block = findBlock(parts, at)
      merged.push(block ? simplifyRepeat(block.repetition) : (parts[at] as Pattern))
      at += block?.length ?? 1
    }
    return joinNeighbors(merged)
  }

  function joinNeighbors(parts: readonly Pattern[]): readonly Pattern[] {
    const joinedParts: Pattern[] = []
    for (const part of parts) {
      const last = joinedParts.at(-1)
      const joined = last && joinRepeats(last, part)
      if (joined) joinedParts.pop()
      joinedParts.push(joined ?? part)
    }
    return joinedParts
  }

  /** The shortest block at a place that may be empty, and follows itself there. */
  function findBlock(parts: readonly Pattern[], start: number) {
    for (let length = 1; length <= maxBlockLength; length++) {
      const block = parts.slice(start, start + length)
      if (block.length < length || !isNullable(block.at(-1) as Pattern)) return undefined
      let end = start + length
      while (end < parts.length && isSame(parts[end], parts[end - length])) end++
      const count = Math.floor((end - start) / length)
      const repetition = { type: 'repeat', body: sequence(block), min: count, max: count } as const
      if (count > 1) return { repetition, length: count * length }
    }
    return undefined
  }

  function isSame(part: Pattern | undefined, earlierPart: Pattern | undefined): boolean {
    return (
      part !== undefined && earlierPart !== undefined && numberOf(part) === numberOf(earlierPart)
    )
  }

  /** Two parts, one of which is repeated, as one repetition; undefined where they differ. */
  function joinRepeats(first: Pattern, second: Pattern): Pattern | undefined {
    if (first.type !== 'repeat' && second.type !== 'repeat') return undefined
    const [one, next] = [toRepetition(first, second), toRepetition(second, first)]
    if (numberOf(one.body) !== numberOf(next.body)) return undefined
    return { ...one, min: one.min + next.min, max: one.max + next.max }
  }

  /** A part as a repetition; one that is none is so once, unless it is what the other repeats. */
  function toRepetition(part: Pattern, other: Pattern): Repetition {
    const isBody = other.type === 'repeat' && numberOf(other.body) === numberOf(part)
    return part.type === 'repeat' && !isBody ? part : { type: 'repeat', body: part, min: 1, max: 1 }
  }

  function simplifyRepeat({ body, min, max }: Repetition): Pattern {
    if (body.type === 'repeat' && body.min <= 1)
      return simplifyRepeat({ ...body, min: body.min * min, max: body.max * max })
    const hasEmpty = isNullable(body)
    if (max === 1 && (min === 1 || hasEmpty)) return body
    const least = hasEmpty ? 0 : min
    if (max < Infinity || least > 1) return { type: 'repeat', body, min: least, max }
    const bodies = listStarred(body)
    return bodies.length > 0 ? { type: 'repeat', body: choice(bodies), min: least, max } : nothing
  }

  /** Takes the empty text from all that is repeated: how often it is there makes no difference. */
  function fill(part: Pattern): Pattern {
    if (part.type === 'sequence') return sequence(part.parts.map(fill))
    if (part.type === 'choice') return choice(part.options.map(fill))
    if (part.type !== 'repeat') return part
    const body = fill(part.body)
    const filledBodies = isNullable(body) ? listFilled(body) : undefined
    if (!filledBodies) return { ...part, body }
    return filledBodies.length > 0 ? { ...part, body: choice(filledBodies), min: 0 } : nothing
  }

  return fill(simplify(pattern))
}

function sequence(parts: readonly Pattern[]): Pattern {
  return parts.length === 1 && parts[0] ? parts[0] : { type: 'sequence', parts }
}

/** The empty text alone. */
const nothing: Pattern = { type: 'sequence', parts: [] }

/** Whether patterns are nullable: without this, groups in groups would ask again each time. */
const knownNullable = new WeakMap<Pattern, boolean>()

/** Whether a pattern has the empty text wherever it stands. */
function isNullable(part: Pattern): boolean {
  const isKnown = knownNullable.get(part)
  if (isKnown !== undefined) return isKnown
  const hasEmpty = hasEmptyText(part)
  knownNullable.set(part, hasEmpty)
  return hasEmpty
}

function hasEmptyText(part: Pattern): boolean {
  if (part.type === 'sequence') return part.parts.every(isNullable)
  if (part.type === 'choice') return part.options.some(isNullable)
  return part.type === 'repeat' && (part.min === 0 || isNullable(part.body))
}

/**
 * What can be repeated without end in place of a pattern, with the same texts and none empty.
 * @see https://doi.org/10.1016/0304-3975(93)90287-4 (star normal form)
 */
function listStarred(part: Pattern): readonly Pattern[] {
  if (part.type === 'choice') return part.options.flatMap(listStarred)
  if (part.type === 'sequence' && isNullable(part)) return part.parts.flatMap(listStarred)
  if (part.type === 'repeat' && (part.min <= 1 || isNullable(part.body)))
    return listStarred(part.body)
  return [part]
}

/** The ways to have a text of a nullable pattern that is not empty; undefined for too many. */
function listFilled(part: Pattern): readonly Pattern[] | undefined {
  return isLarge(part) ? undefined : listFilledParts(part)
}

function listFilledParts(part: Pattern): readonly Pattern[] {
  if (part.type === 'choice') return part.options.flatMap(listFilledParts)
  if (part.type === 'repeat' && !isNullable(part.body))
    return [part.min === 0 ? { ...part, min: 1 } : part]
  if (part.type !== 'sequence' || !isNullable(part)) return [part]
  return part.parts.flatMap((first, index) =>
    listFilledParts(first).map((filled) => sequence([filled, ...part.parts.slice(index + 1)])),
  )
}

function isLarge(pattern: Pattern): boolean {
  const parts = [pattern]
  for (const part of parts) {
    if (parts.length > maxSplitSize) return true
    if (part.type === 'sequence') parts.push(...part.parts)
    if (part.type === 'choice') parts.push(...part.options)
    if (part.type === 'repeat') parts.push(part.body)
  }
  return false
}
