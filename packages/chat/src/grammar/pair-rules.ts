import type { Steps } from '@nano/core/driver'
import { anyPair } from './any-value.ts'
import type { RuleContext } from './container-rules.ts'
import {
  either,
  eitherDefined,
  type GrammarBuilder,
  literal,
  optionalSpace,
} from './grammar-builder.ts'
import { estimateCost } from './grammar-cost.ts'
import { literalTree } from './literal-tree.ts'

/** A property of an object. */
export interface Pair {
  /** Its name, as JSON writes it. */
  readonly key: string
  /** What follows the name: a colon and the value. */
  readonly value: string
  readonly isRequired: boolean
}

interface PairOptions {
  /** The named properties in their order; at least one. */
  readonly pairs: readonly Pair[]
  /** A property of another name; absent where there is none. */
  readonly otherRule: string | undefined
  /** Where no property is required, there may be none. */
  readonly canBeEmpty: boolean
}

const nextMember = `"," ${optionalSpace}`

/**
 * The most optional properties in a row that keep their order. A parser tries each of them at every
 * place where the next may begin; more than these are one tree of names, in any order.
 */
const maxOrdered = 64

/** The properties that are read in one step. */
const stepLength = 1_000

/** Of more properties than this, a chain would be long: which are required is left to the check. */
const maxChained = 1_000

/** More properties than this do not fit into a grammar one by one. */
const maxListed = 10_000

/**
 * The properties of a closed object in their order, in few rules; undefined for an object that
 * needs a chain. After the first pair, each is an optional or a required step; which one is first
 * decides where the steps begin.
 */
export function* orderedPairs(
  { grammar, stem }: RuleContext,
  { pairs, otherRule, canBeEmpty }: PairOptions,
): Steps<string | undefined> {
  if (otherRule !== undefined || pairs.length > maxListed || listSegments(pairs).some(isWide))
    return undefined
  const firstRequired = pairs.findIndex(({ isRequired }) => isRequired)
  const firstCount = firstRequired < 0 ? pairs.length : firstRequired + 1
  const toStep = (pair: Pair) =>
    pair.isRequired ? `${nextMember} ${writePair(pair)}` : `(${nextMember} ${writePair(pair)})?`
  const laterSteps: string[] = []
  for (const pair of pairs.slice(firstCount)) {
    laterSteps.push(toStep(pair))
    if (laterSteps.length % stepLength === 0) yield
  }
  const laterPairs = laterSteps.join(' ') || '""'
  yield

  /** The rule for what follows each of the pairs that may be first, from the last one on. */
  let following = firstCount === 1 ? laterPairs : grammar.shareRule(`${stem}-rest`, laterPairs)
  const starts: string[] = []
  for (const [index, pair] of pairs.slice(0, firstCount).toReversed().entries()) {
    starts.push(`${writePair(pair)} ${following}`)
    if (index % stepLength === stepLength - 1) yield
    if (index === firstCount - 1) break
    const step = `${toStep(pair)} ${following}`
    following = grammar.addRule(grammar.reserveName(`${stem}-next`), () => step)
  }
  const first = either(...starts.toReversed())
  yield
  if (!grammar.fits(estimateCost(first))) return undefined
  return firstRequired < 0 && canBeEmpty ? `(${first})?` : first
}

/**
 * The properties of an object that allows other names, or has many optional ones. They come in
 * their order; an optional one that was skipped may come after the last required one, in any order.
 * Each text has one parse: with more, the parser's states would multiply with each nested object.
 */
export function* chainedPairs(
  { grammar, stem }: RuleContext,
  { pairs: allPairs, otherRule, canBeEmpty }: PairOptions,
): Steps<string> {
  const pairs =
    allPairs.length > maxChained
      ? allPairs.map((pair) => ({ ...pair, isRequired: false }))
      : allPairs
  const add = (name: string, body: string) =>
    grammar.addRule(grammar.reserveName(`${stem}-${name}`), () => body)
  const segments = listSegments(pairs)
  const lastRequired = segments.findLastIndex(([pair]) => pair?.isRequired)
  const bodies: string[] = []
  for (const segment of segments) bodies.push(add('pair', yield* pairTree(grammar, segment)))

  const optional = pairs.filter(({ isRequired }) => !isRequired)
  const anyOptional = optional.length > 0 ? [yield* pairTree(grammar, optional)] : []
  const tail =
    otherRule && add('tail', `(${nextMember} ${add('any', either(...anyOptional, otherRule))})*`)
  const skipped = yield* skippedPairs()

  /** Where the next pair begins, from the end on: one that comes now, or a later one. */
  let forward = otherRule && `${otherRule} ${tail}`
  let restRule = addRest(segments.length)
  for (let index = segments.length - 1; index >= 0; index--) {
    yield
    const segment = segments[index] ?? []
    const later = segment[0]?.isRequired ? undefined : forward
    if (!isWide(segment)) {
      forward = add('start', eitherDefined([`${bodies[index]} ${restRule}`, later]) ?? '')
      restRule = index > 0 ? addRest(index) : restRule
      continue
    }
    const name = grammar.reserveName(`${stem}-rest`)
    forward = add('start', eitherDefined([`${bodies[index]} ${name}`, later]) ?? '')
    restRule = grammar.addRule(name, () => restBody(index))
  }
  return lastRequired < 0 && canBeEmpty ? `(${forward})?` : (forward ?? '""')

  /** For each place after the last required pair, the optional pairs that were skipped by then. */
  function* skippedPairs(): Steps<readonly (string | undefined)[]> {
    const segmentsBefore = segments.slice(0, lastRequired + 1).flat()
    const optionalBefore = segmentsBefore.filter(({ isRequired }) => !isRequired)
    const base = optionalBefore.length > 0 ? yield* pairTree(grammar, optionalBefore) : undefined
    const places: (string | undefined)[] = []
    places[lastRequired + 1] = base && add('skipped', base)
    for (let index = lastRequired + 1; index < segments.length; index++) {
      const earlierPairs = places[index]
      places[index + 1] = earlierPairs
        ? add('skipped', either(bodies[index] ?? '', earlierPairs))
        : bodies[index]
    }
    return places
  }

  function restBody(index: number): string {
    const skippedPair =
      index > lastRequired && tail && skipped[index] ? `${skipped[index]} ${tail}` : undefined
    const choice = eitherDefined([forward, skippedPair])
    if (!choice) return '""'
    return index > lastRequired ? `(${nextMember} ${choice})?` : `${nextMember} ${choice}`
  }

  function addRest(index: number): string {
    return add('rest', restBody(index))
  }
}

/** Required pairs and optional ones, alone or, where there are many in a row, together. */
function listSegments(pairs: readonly Pair[]): readonly (readonly Pair[])[] {
  const runs: Pair[][] = []
  for (const pair of pairs) {
    const last = runs.at(-1)
    if (last && !pair.isRequired && !last[0]?.isRequired) last.push(pair)
    else runs.push([pair])
  }
  return runs.flatMap((run) => (run.length > maxOrdered ? [run] : run.map((pair) => [pair])))
}

function isWide(segment: readonly Pair[]): boolean {
  return segment.length > 1
}

function* pairTree(grammar: GrammarBuilder, pairs: readonly Pair[]): Steps<string> {
  const values = new Map<string, string>()
  for (const { key, value } of pairs) {
    values.set(key, value)
    if (values.size % stepLength === 0) yield
  }
  const bodyAfter = (key: string) => values.get(key) ?? ''
  const tree = yield* literalTree(grammar, { texts: new Set(values.keys()), bodyAfter })
  return tree ?? anyPair(grammar)
}

function writePair({ key, value }: Pair): string {
  return `${literal(key)} ${value}`
}
