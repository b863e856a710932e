import { type CharacterSet, hasCharacter, type Pattern } from '@nano/core/driver'

/** A state of a reader that looks for several patterns at once in a text. */
export interface PatternState {
  /** The places of the patterns that a text has, if it ends here. */
  readonly matching: readonly number[]
  /** The states after one more character, which differ. */
  readonly next: readonly {
    readonly ranges: CharacterSet['ranges']
    readonly state: PatternState
  }[]
}

/** A step of the machine that a pattern becomes; `pattern` is the place of the pattern. */
type Step = { readonly pattern: number } & (
  | { readonly type: 'characters'; readonly set: CharacterSet; readonly to: number }
  | { readonly type: 'split' | 'start' | 'end'; readonly to: readonly number[] }
  | { readonly type: 'match' }
)

/** More than these take too long for each object that has patterns. */
const maxSteps = 1_000
const maxStates = 128
/** Comparisons of a character with a set. */
const maxComparisons = 100_000

const lastCodePoint = 0x10ffff

/**
 * The state of a reader before the first character. Undefined where a pattern looks around or has
 * properties of characters, or where there would be too many states.
 */
export function patternStates(patterns: readonly Pattern[]): PatternState | undefined {
  const steps: Step[] = []
  const starts = patterns.map((pattern, index) => {
    steps.push({ type: 'match', pattern: index })
    return addSteps(pattern, steps, { pattern: index, to: steps.length - 1 })
  })
  if (starts.some((start) => start === undefined)) return undefined
  const states = new Map<string, PatternState>()
  let comparisonCount = 0

  /** The state at some steps, where a text has some patterns already. */
  function findState(
    nextSteps: ReadonlySet<number>,
    earlierMatches: ReadonlySet<number>,
    { isStart = false } = {},
  ): PatternState {
    const entries = [...nextSteps, ...starts.flatMap((start) => start ?? [])]
    const reachedSteps = follow(entries, { isStart })
    const foundPatterns = new Set([...earlierMatches, ...listMatches(reachedSteps)])
    const key = [nextSteps, foundPatterns].map((set) => [...set].toSorted().join()).join('|')
    const knownState = isStart ? undefined : states.get(key)
    if (knownState) return knownState
    const atEnd = follow([...reachedSteps], { isStart, isEnd: true })
    const matching = [...new Set([...foundPatterns, ...listMatches(atEnd)])].toSorted(
      (a, b) => a - b,
    )
    const state = { matching, next: [] as PatternState['next'][number][] }
    states.set(isStart ? 'start' : key, state)
    if (!isTooMuch()) state.next.push(...findNext(reachedSteps, foundPatterns))
    return state
  }

  function isTooMuch(): boolean {
    return states.size > maxStates || comparisonCount > maxComparisons
  }

  function findNext(
    reachedSteps: ReadonlySet<number>,
    foundPatterns: ReadonlySet<number>,
  ): PatternState['next'] {
    const readers = [...reachedSteps].flatMap((index) => {
      const step = steps[index]
      return step?.type === 'characters' && !foundPatterns.has(step.pattern) ? [step] : []
    })
    const edges = new Set([0, lastCodePoint + 1])
    for (const { set } of readers) for (const [from, to] of set.ranges) edges.add(from).add(to + 1)
    const sortedEdges = [...edges].toSorted((a, b) => a - b)
    comparisonCount += edges.size * readers.length
    if (isTooMuch()) return []
    const ranges = new Map<PatternState, (readonly [number, number])[]>()
    for (const [index, from] of sortedEdges.slice(0, -1).entries()) {
      const readingSteps = readers.filter(({ set }) => hasCharacter(set, from))
      const state = findState(new Set(readingSteps.map(({ to }) => to)), foundPatterns)
      const range = [from, (sortedEdges[index + 1] ?? 0) - 1] as const
      ranges.set(state, [...(ranges.get(state) ?? []), range])
    }
    return [...ranges].map(([state, rangesOfState]) => ({ ranges: rangesOfState, state }))
  }

  /** The steps that are reached before another character is read. */
  function follow(
    from: readonly number[],
    { isStart, isEnd = false }: { readonly isStart: boolean; readonly isEnd?: boolean },
  ): ReadonlySet<number> {
    const reachedSteps = new Set<number>()
    const pending = [...from]
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      const step = steps[index]
      if (!step || reachedSteps.has(index)) continue
      reachedSteps.add(index)
      const isPassed = { split: true, start: isStart, end: isEnd, characters: false, match: false }
      if (isPassed[step.type]) pending.push(...(step as { readonly to: readonly number[] }).to)
    }
    return reachedSteps
  }

  function listMatches(reachedSteps: ReadonlySet<number>): readonly number[] {
    return [...reachedSteps].flatMap((index) => {
      const step = steps[index]
      return step?.type === 'match' ? [step.pattern] : []
    })
  }

  const first = findState(new Set(), new Set(), { isStart: true })
  return isTooMuch() ? undefined : first
}

interface Target {
  readonly pattern: number
  /** The step that follows. */
  readonly to: number
}

/** Adds the steps of a part, and gives the first of them; undefined where there is no machine. */
function addSteps(part: Pattern, steps: Step[], target: Target): number | undefined {
  if (steps.length > maxSteps) return undefined
  const { pattern, to } = target
  const add = (step: Step) => steps.push(step) - 1
  const addBefore = (body: Pattern, next: number | undefined) =>
    next === undefined ? undefined : addSteps(body, steps, { pattern, to: next })
  switch (part.type) {
    case 'characters':
      return part.properties.length > 0
        ? undefined
        : add({ type: 'characters', pattern, set: part, to })
    case 'sequence':
      return part.parts.reduceRight((next: number | undefined, body) => addBefore(body, next), to)
    case 'choice': {
      const options = part.options.map((option) => addBefore(option, to))
      if (options.some((option) => option === undefined)) return undefined
      return add({ type: 'split', pattern, to: options.flatMap((option) => option ?? []) })
    }
    case 'repeat':
      return addRepeat(part, steps, target)
    case 'start':
    case 'end':
      return add({ type: part.type, pattern, to: [to] })
    default:
      return undefined
  }
}

function addRepeat(
  { body, min, max }: Extract<Pattern, { type: 'repeat' }>,
  steps: Step[],
  { pattern, to }: Target,
): number | undefined {
  let next: number | undefined = to
  if (max === Infinity) {
    const options = [to]
    next = steps.push({ type: 'split', pattern, to: options }) - 1
    const first = addSteps(body, steps, { pattern, to: next })
    if (first === undefined) return undefined
    options.push(first)
  }
  const optionalCount = max === Infinity ? 0 : max - min
  for (let count = 0; count < optionalCount + min && next !== undefined; count++) {
    const first: number | undefined = addSteps(body, steps, { pattern, to: next })
    const isOptional = first !== undefined && count < optionalCount
    next = isOptional ? steps.push({ type: 'split', pattern, to: [first, to] }) - 1 : first
  }
  return next
}
