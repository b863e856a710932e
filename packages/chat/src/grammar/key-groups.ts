import type { Pattern } from '@nano/core/driver'
import { either, type GrammarBuilder } from './grammar-builder.ts'
import { jsonCharacter } from './json-string.ts'
import { jsonSet, readPattern } from './pattern-rule.ts'
import { type PatternState, patternStates } from './pattern-states.ts'

/** The JSON keys that have the same patterns. */
export interface KeyGroup {
  /** The sources of the patterns. */
  readonly matching: readonly string[]
  readonly body: string
}

/** The groups of a grammar, by what they are made for: objects often have the same patterns. */
const groupsByGrammar = new WeakMap<GrammarBuilder, Map<string, readonly KeyGroup[] | undefined>>()

/** More patterns than this are not told apart. */
const maxPatterns = 100

/**
 * All JSON keys but `names`, by those of some patterns that they have. Undefined where it takes too
 * much to tell them apart.
 */
export function keyGroups(
  grammar: GrammarBuilder,
  sources: readonly string[],
  names: readonly string[],
): readonly KeyGroup[] | undefined {
  const knownGroups = groupsByGrammar.get(grammar) ?? new Map<string, readonly KeyGroup[]>()
  groupsByGrammar.set(grammar, knownGroups)
  const key = JSON.stringify([sources, names])
  if (!knownGroups.has(key)) knownGroups.set(key, writeGroups(grammar, sources, names))
  return knownGroups.get(key)
}

function writeGroups(
  grammar: GrammarBuilder,
  sources: readonly string[],
  names: readonly string[],
): readonly KeyGroup[] | undefined {
  if (sources.length > maxPatterns) return undefined
  const patterns = sources.flatMap((source) => readPattern(source) ?? [])
  if (patterns.length < sources.length) return undefined
  const first = patternStates([...patterns, ...names.map(namePattern)])
  if (!first) return undefined
  const states = listStates(first)
  const places = new Map(states.map(({ matching }) => [matching.join(), matching]))
  return [...places.values()]
    .filter((matching) => matching.every((index) => index < sources.length))
    .map((matching) => ({
      matching: matching.flatMap((index) => sources[index] ?? []),
      body: `"\\"" ${writeGroup(grammar, states, matching)} "\\""`,
    }))
}

function namePattern(name: string): Pattern {
  const characters = Array.from(name, (character): Pattern => {
    const codePoint = character.codePointAt(0) ?? 0
    const ranges = [[codePoint, codePoint]] as const
    return { type: 'characters', ranges, properties: [], isNegated: false }
  })
  return { type: 'sequence', parts: [{ type: 'start' }, ...characters, { type: 'end' }] }
}

/** All states, from the first on. */
function listStates(first: PatternState): readonly PatternState[] {
  const states = new Set([first])
  for (const { next } of states) for (const { state } of next) states.add(state)
  return [...states]
}

/** The content of the keys that end in a state with just these patterns: a rule for each state. */
function writeGroup(
  grammar: GrammarBuilder,
  states: readonly PatternState[],
  matching: readonly number[],
): string {
  const isEnd = (state: PatternState) => state.matching.join() === matching.join()
  const leading = new Set(states.filter(isEnd))
  for (let count = 0; count < leading.size;) {
    count = leading.size
    for (const state of states)
      if (state.next.some((step) => leading.has(step.state))) leading.add(state)
  }
  const names = new Map([...leading].map((state) => [state, grammar.reserveName('json-key')]))
  for (const [state, name] of names)
    grammar.addRule(name, () => {
      const steps = state.next.filter((step) => leading.has(step.state))
      const [only] = state.next
      if (only?.state === state && state.next.length === 1) return `${jsonCharacter}*`
      const bodies = steps.map(({ ranges, state: nextState }) => {
        const set = { type: 'characters', ranges, properties: [], isNegated: false } as const
        return `${jsonSet(set).body} ${names.get(nextState)}`
      })
      return either(...bodies, ...(isEnd(state) ? ['""'] : []))
    })
  return names.get(states[0] as PatternState) ?? '""'
}
