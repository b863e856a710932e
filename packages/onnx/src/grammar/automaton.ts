import { NanoError } from '@nano/core'
import type { Expression, GrammarRules } from './expression.ts'
import type { NumberRange } from './utf8-ranges.ts'

/** A place in a grammar, to which bytes lead. */
export interface AutomatonState {
  /** The text can end here. */
  readonly isComplete: boolean
  /** The state after each byte; undefined for a byte that cannot be next. */
  readonly next: readonly (AutomatonState | undefined)[]
}

/** What is left of a text: an expression, and what follows it. Equal ones are one object. */
interface Rest {
  readonly id: number
  readonly expression: Expression
  /** Undefined at the end of the grammar. */
  readonly following: Rest | undefined
}

/** How many states of a grammar are kept with the states after them, which take 2 kB each. */
const maxExpandedStates = 4_000

/** How many rests are kept, each counted once more for every state that has it. */
const maxKeptRests = 400_000

/** How many rests a state can have. A rule that begins with itself would have no end of them. */
const maxRests = 200_000

/**
 * The start of an automaton with a stack for a grammar. Its states are created when they are first
 * reached, so that a large grammar costs what is used of it.
 */
export function automaton(rules: GrammarRules): AutomatonState {
  /** By the rests of each. */
  const states = new Map<string, AutomatonState>()
  /** Forgets what comes after each state that has been asked for it. */
  const forgetters = new Set<() => void>()
  /** The rests before each rest, by their expressions. */
  const precedingRests = new Map<Rest, Map<Expression, Rest>>()
  /** What is left after the first byte of a text, or after one round of a repetition. */
  const remainders = new Map<Rest, Rest>()
  let restCount = 0
  let keptRestCount = 0

  function createRest(expression: Expression, following?: Rest): Rest {
    keptRestCount++
    return { id: restCount++, expression, following }
  }

  function precede(following: Rest, expression: Expression): Rest {
    const rests = getOrAdd(precedingRests, following, () => new Map<Expression, Rest>())
    return getOrAdd(rests, expression, () => createRest(expression, following))
  }

  /** What a rest stands for; nothing at the end and where it begins with a byte. */
  function listAlternatives(rest: Rest): readonly Rest[] {
    const { expression, following } = rest
    if (!following) return []
    switch (expression.type) {
      case 'sequence':
        return [precede(precede(following, expression.second), expression.first)]
      case 'choice':
        return expression.options.map((option) => precede(following, option))
      case 'rule':
        return [precede(following, findRule(rules, expression.name))]
      case 'repetition': {
        const { body, min, max } = expression
        const isEndless = min === 0 && max === Infinity
        const createRemainder = () =>
          createRest({ ...expression, min: Math.max(0, min - 1), max: max - 1 }, following)
        const remainder = isEndless ? rest : getOrAdd(remainders, rest, createRemainder)
        return [...(min === 0 ? [following] : []), ...(max > 0 ? [precede(remainder, body)] : [])]
      }
      case 'text':
        return expression.bytes.length === 0 ? [following] : []
      case 'byte':
        return []
    }
  }

  function findState(rests: readonly Rest[]): AutomatonState {
    const reachedRests = new Set(rests)
    const byteRests: Rest[] = []
    let isComplete = false
    for (const rest of reachedRests) {
      if (!rest.following) isComplete = true
      else if (startsWithByte(rest)) byteRests.push(rest)
      for (const alternative of listAlternatives(rest)) reachedRests.add(alternative)
      if (reachedRests.size > maxRests) throw tooManyRests()
    }
    const ids = byteRests.map(({ id }) => id).toSorted((a, b) => a - b)
    const key = `${ids.join()}${isComplete ? '.' : ''}`
    return getOrAdd(states, key, () => createState(byteRests, isComplete))
  }

  function createState(byteRests: readonly Rest[], isComplete: boolean): AutomatonState {
    keptRestCount += byteRests.length
    let next: AutomatonState['next'] | undefined
    const forgetNext = () => {
      next = undefined
    }
    const remember = () => {
      if (forgetters.size >= maxExpandedStates || keptRestCount > maxKeptRests) forgetStates()
      forgetters.add(forgetNext)
      next = findNextStates(byteRests)
      return next
    }
    return {
      isComplete,
      get next() {
        return next ?? remember()
      },
    }
  }

  function findNextStates(byteRests: readonly Rest[]): AutomatonState['next'] {
    const restsAfter = Array.from({ length: 256 }, (): Rest[] => [])
    for (const rest of byteRests) {
      const restAfter = removeByte(rest)
      for (const [from, to] of listBytes(rest.expression))
        for (let byte = from; byte <= to; byte++) restsAfter[byte]?.push(restAfter)
    }
    const next: (AutomatonState | undefined)[] = []
    for (const [byte, rests] of restsAfter.entries()) {
      const isLikeLast = byte > 0 && isSameList(rests, restsAfter[byte - 1] ?? [])
      next.push(isLikeLast ? next[byte - 1] : rests.length > 0 ? findState(rests) : undefined)
    }
    return next
  }

  /** What is left after the first byte of a rest that begins with one. */
  function removeByte(rest: Rest): Rest {
    const { expression, following = rest } = rest
    if (expression.type !== 'text' || expression.bytes.length === 1) return following
    const bytes = expression.bytes.subarray(1)
    return getOrAdd(remainders, rest, () => createRest({ type: 'text', bytes }, following))
  }

  /** Frees what is found again where it is needed. */
  function forgetStates(): void {
    for (const forgetNext of forgetters) forgetNext()
    for (const cache of [forgetters, states, precedingRests, remainders]) cache.clear()
    keptRestCount = 0
  }

  const end = createRest({ type: 'text', bytes: new Uint8Array() })
  return findState([precede(end, findRule(rules, 'root'))])
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const knownValue = map.get(key)
  if (knownValue !== undefined) return knownValue
  const value = create()
  map.set(key, value)
  return value
}

function findRule(rules: GrammarRules, name: string): Expression {
  const rule = rules.get(name)
  if (!rule) throw new NanoError('internal', `onnx: a grammar has no rule ${name}`)
  return rule
}

function startsWithByte({ expression }: Rest): boolean {
  return expression.type === 'byte' || (expression.type === 'text' && expression.bytes.length > 0)
}

/** The bytes that an expression that begins with a byte can begin with. */
function listBytes(expression: Expression): readonly NumberRange[] {
  if (expression.type === 'byte') return expression.ranges
  const [byte] = expression.type === 'text' ? expression.bytes : []
  return byte === undefined ? [] : [[byte, byte]]
}

function isSameList<T>(list: readonly T[], otherList: readonly T[]): boolean {
  return list.length === otherList.length && list.every((entry, at) => entry === otherList[at])
}

function tooManyRests(): NanoError {
  return new NanoError(
    'unsupported',
    `onnx: a place in the grammar of the schema or the tools can go on in more than ` +
      `${maxRests} ways. Ask for less at once.`,
  )
}
