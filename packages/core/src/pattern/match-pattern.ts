import { type CharacterSet, hasCharacter, type Pattern } from './pattern.ts'

/** A step of the machine that a pattern becomes. */
type Step =
  | { readonly type: 'characters'; readonly set: CharacterSet }
  | { readonly type: 'split'; readonly to: readonly number[] }
  | { readonly type: 'assert'; readonly isMetAt: (at: number, text: CodePoints) => boolean }
  | { readonly type: 'match' }

type CodePoints = readonly number[]

/** More steps than this take too long for each character. */
const maxSteps = 20_000

/**
 * Whether a pattern is found in a text, in time that grows with the text and not with the ways to
 * match: all ways are followed at once. Look-arounds cost a pass for each position. Undefined for
 * a pattern with too many repetitions.
 */
export function patternMatcher(pattern: Pattern): ((text: string) => boolean) | undefined {
  const program = compileProgram(pattern)
  if (!program) return undefined
  return (text) => {
    const codePoints = Array.from(text, (character) => character.codePointAt(0) ?? 0)
    return findEnd(program, codePoints, { start: 0, from: 0, startsAnywhere: true }) !== undefined
  }
}

function compileProgram(pattern: Pattern): readonly Step[] | undefined {
  const steps: Step[] = []
  const isWhole = addSteps(pattern, steps)
  steps.push({ type: 'match' })
  return isWhole ? steps : undefined
}

/** Adds the steps of a pattern; what follows it comes next. False where there are too many. */
function addSteps(pattern: Pattern, steps: Step[]): boolean {
  if (steps.length > maxSteps) return false
  switch (pattern.type) {
    case 'characters':
      steps.push({ type: 'characters', set: pattern })
      return true
    case 'sequence':
      return pattern.parts.every((part) => addSteps(part, steps))
    case 'choice':
      return addChoice(pattern.options, steps)
    case 'repeat':
      return addRepeat(pattern, steps)
    case 'look':
      return addLook(pattern, steps)
    default:
      steps.push({ type: 'assert', isMetAt: edgeCheck(pattern) })
      return true
  }
}

function addChoice(options: readonly Pattern[], steps: Step[]): boolean {
  const split: number[] = []
  const ends: number[][] = []
  steps.push({ type: 'split', to: split })
  for (const option of options) {
    split.push(steps.length)
    if (!addSteps(option, steps)) return false
    const end: number[] = []
    ends.push(end)
    steps.push({ type: 'split', to: end })
  }
  for (const end of ends) end.push(steps.length)
  return true
}

function addRepeat(
  { body, min, max }: Extract<Pattern, { type: 'repeat' }>,
  steps: Step[],
): boolean {
  for (let count = 0; count < min; count++) if (!addSteps(body, steps)) return false
  if (max === Infinity) {
    const start = steps.length
    const split = [start + 1]
    steps.push({ type: 'split', to: split })
    if (!addSteps(body, steps)) return false
    steps.push({ type: 'split', to: [start] })
    split.push(steps.length)
    return true
  }
  const exits: number[][] = []
  for (let count = min; count < max; count++) {
    const split = [steps.length + 1]
    exits.push(split)
    steps.push({ type: 'split', to: split })
    if (!addSteps(body, steps)) return false
  }
  for (const exit of exits) exit.push(steps.length)
  return true
}

/** The steps of what it looks for stand beside the others, which jump over them. */
function addLook(
  { body, isBehind, isNegated }: Extract<Pattern, { type: 'look' }>,
  steps: Step[],
): boolean {
  const jump: number[] = []
  steps.push({ type: 'split', to: jump })
  const start = steps.length
  if (!addSteps(body, steps)) return false
  steps.push({ type: 'match' })
  jump.push(steps.length)
  /** What is known of a text, by place: nested looks would ask again each time. */
  const knownPlaces = new WeakMap<CodePoints, boolean[]>()
  const look = (at: number, text: CodePoints) => {
    const search = isBehind
      ? { start, from: 0, startsAnywhere: true, until: at }
      : { start, from: at, startsAnywhere: false }
    return (findEnd(steps, text, search) !== undefined) !== isNegated
  }
  steps.push({
    type: 'assert',
    isMetAt(at, text) {
      const places = knownPlaces.get(text) ?? []
      knownPlaces.set(text, places)
      return (places[at] ??= look(at, text))
    },
  })
  return true
}

type Edge = Extract<Pattern, { type: 'start' | 'end' | 'word-edge' }>

function edgeCheck(edge: Edge): (at: number, text: CodePoints) => boolean {
  if (edge.type === 'start') return (at) => at === 0
  if (edge.type === 'end') return (at, text) => at === text.length
  return (at, text) => (isWord(text[at - 1]) !== isWord(text[at])) !== edge.isNegated
}

function isWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && /\w/.test(String.fromCodePoint(codePoint))
}

interface Search {
  /** The first step. */
  readonly start: number
  readonly from: number
  readonly startsAnywhere: boolean
  /** A match has to end here; absent: anywhere. */
  readonly until?: number
}

/** Where a match ends, if there is one. */
function findEnd(
  program: readonly Step[],
  text: CodePoints,
  { start, from, startsAnywhere, until }: Search,
): number | undefined {
  let current = new Set<number>()
  for (let at = from; at <= (until ?? text.length); at++) {
    const pending = [...current, ...(startsAnywhere || at === from ? [start] : [])]
    const next = new Set<number>()
    const seenStates = new Set<number>()
    while (pending.length > 0) {
      const index = pending.pop() ?? 0
      if (seenStates.has(index)) continue
      seenStates.add(index)
      const step = program[index]
      if (step?.type === 'match' && (until === undefined || at === until)) return at
      if (step?.type === 'split') pending.push(...step.to)
      if (step?.type === 'assert' && step.isMetAt(at, text)) pending.push(index + 1)
      const codePoint = text[at]
      if (
        step?.type === 'characters' &&
        codePoint !== undefined &&
        hasCharacter(step.set, codePoint)
      )
        next.add(index + 1)
    }
    current = next
  }
  return undefined
}
