import type { Steps } from '@nano/core/driver'
import { estimateCost, maxCost, ruleCost } from './grammar-cost.ts'

/**
 * Builds a grammar in GBNF, rule by rule.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
 */
export interface GrammarBuilder {
  /**
   * Adds a rule, unless there is one of this name, and returns the name. `buildBody` is called once
   * the name is taken, so that a rule can contain itself.
   */
  addRule(name: string, buildBody: () => string): string
  /** Writes the rule of a reserved name, in place of what was there. */
  setRule(name: string, body: string): void
  /** The name of the rule with this body; adds it where there is none. */
  shareRule(stem: string, body: string): string
  /** Reserves a name that no rule has yet. */
  reserveName(stem: string): string
  /**
   * Whether llama.cpp reads all rules so far, and more of this cost, in one turn. With `share`, the
   * rules may take no more than that share of it.
   */
  fits(cost?: number, share?: number): boolean
  /** Whether there is a rule of this name, or there will be. */
  hasRule(name: string): boolean
  /** The grammar, whose text starts at the rule `root`, with the rules that it leads to. */
  toGbnf(root: string): Steps<string>
}

/** The rule for white space between the parts of a value: as most models write it, never more. */
export const optionalSpace = 'ws'

const validName = /^[a-zA-Z0-9-]*$/

/** The names that are read in one step, or the rules that are written. */
const stepLength = 50

/** Starts an empty grammar. */
export function grammarBuilder(): GrammarBuilder {
  const bodies = new Map([[optionalSpace, '" "?']])
  const reservedNames = new Set<string>()
  /** How many names each stem has. */
  const stemCounts = new Map<string, number>()
  /** The names of shared rules, by body. */
  const sharedNames = new Map<string, string>()
  let totalCost = 0

  function addRule(name: string, buildBody: () => string): string {
    if (!bodies.has(name)) {
      bodies.set(name, '')
      setRule(name, buildBody())
    }
    return name
  }

  function setRule(name: string, body: string): void {
    totalCost += estimateCost(body) - estimateCost(bodies.get(name) ?? '')
    bodies.set(name, body)
  }

  function reserveName(stem: string): string {
    const validStem = validName.test(stem) ? stem : stem.replaceAll(/[^a-zA-Z0-9]+/g, '-')
    let count = (stemCounts.get(validStem) ?? 0) + 1
    let name = count === 1 ? validStem : `${validStem}-${count}`
    while (bodies.has(name) || reservedNames.has(name)) name = `${validStem}-${++count}`
    stemCounts.set(validStem, count)
    reservedNames.add(name)
    totalCost += ruleCost
    return name
  }

  function shareRule(stem: string, body: string): string {
    const name = sharedNames.get(body) ?? addRule(reserveName(stem), () => body)
    sharedNames.set(body, name)
    return name
  }

  /** The names of the rules that a body leads to. */
  function* findReachable(root: string): Steps<ReadonlySet<string>> {
    const names = new Set<string>()
    const pending = [root]
    let count = 0
    for (let body = pending.pop(); body !== undefined; body = pending.pop())
      for (const name of listNames(body)) {
        if (++count % stepLength === 0) yield
        const next = names.has(name) ? undefined : bodies.get(name)
        if (next === undefined) continue
        names.add(name)
        pending.push(next)
      }
    return names
  }

  return {
    addRule,
    setRule,
    reserveName,
    shareRule,
    fits: (cost = 0, share = 1) => totalCost + cost <= maxCost * share,
    hasRule: (name) => bodies.has(name) || reservedNames.has(name),
    *toGbnf(root) {
      const names = yield* findReachable(root)
      const rules = [`root ::= ${root}`]
      let count = 0
      for (const [name, body] of bodies) {
        if (++count % stepLength === 0) yield
        if (names.has(name)) rules.push(`${name} ::= ${body}`)
      }
      return rules.join('\n')
    },
  }
}

const [quote, openBracket, closeBracket, backslash] = [34, 91, 93, 92]

/** The names in a body, outside of texts and sets of characters. */
function* listNames(body: string): Generator<string> {
  for (let at = 0; at < body.length; at++) {
    const code = body.charCodeAt(at)
    if (code === quote || code === openBracket) {
      const close = code === quote ? quote : closeBracket
      at++
      while (at < body.length && body.charCodeAt(at) !== close)
        at += body.charCodeAt(at) === backslash ? 2 : 1
    } else if (isNameCharacter(code)) {
      const start = at
      while (isNameCharacter(body.charCodeAt(at + 1))) at++
      yield body.slice(start, at + 1)
    }
  }
}

/** A letter, a digit or a hyphen. */
function isNameCharacter(code: number): boolean {
  const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
  return isLetter || (code >= 48 && code <= 57) || code === 45
}

/** Exactly this text. */
export function literal(text: string): string {
  const json = JSON.stringify(text)
  // JSON has two escapes that GBNF lacks.
  if (!json.includes('\\b') && !json.includes('\\f')) return json
  return json.replaceAll(/\\./g, (escape) => ({ '\\b': '\\x08', '\\f': '\\x0C' })[escape] ?? escape)
}

/** One of several. */
export function either(...bodies: readonly string[]): string {
  return bodies.length === 1 ? (bodies[0] ?? '') : `(${bodies.join(' | ')})`
}

/** One of those that are defined, each once; undefined where none is. */
export function eitherDefined(bodies: readonly (string | undefined)[]): string | undefined {
  const definedBodies = [...new Set(bodies.filter((body) => body !== undefined))]
  return definedBodies.length > 0 ? either(...definedBodies) : undefined
}

/**
 * The most repetitions in one rule. llama.cpp refuses a repetition whose count times the rules in
 * it exceeds 2000, and reads a maximum over 2000 as none. So what is repeated becomes one rule,
 * but for a small body with `*`, `+` or `?`, and a higher count becomes repeated groups of it.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-grammar.cpp
 */
const groupSize = 256

/** What costs less has some hundreds of rules at most: one for each group, mark and copy. */
const maxInlineCost = 10_000

interface RepetitionCount {
  readonly min: number
  /** Absent: without limit. */
  readonly max?: number
}

const marks: Readonly<Record<string, string>> = { '0,1': '?', '0,Infinity': '*', '1,Infinity': '+' }

/** `body`, repeated from `min` to `max` times. */
export function repeat(
  grammar: GrammarBuilder,
  body: string,
  { min, max = Infinity }: RepetitionCount,
): string {
  if (max === 0) return '""'
  const mark = min <= 1 && (max === 1 || max === Infinity) ? marks[`${min},${max}`] : undefined
  const isRule = grammar.hasRule(body)
  if (mark !== undefined && !isRule && estimateCost(body) < maxInlineCost) return `(${body})${mark}`
  const unit = isRule ? body : grammar.shareRule('unit', body)
  if (mark !== undefined) return `${unit}${mark}`
  return sequence(
    repeatExactly(grammar, unit, min),
    max === Infinity ? `${unit}*` : repeatAtMost(grammar, unit, max - min),
  )
}

function repeatExactly(grammar: GrammarBuilder, unit: string, count: number): string {
  if (count === 0) return '""'
  if (count <= groupSize) return `${unit}{${count}}`
  return sequence(
    repeatExactly(grammar, addGroup(grammar, unit), Math.floor(count / groupSize)),
    repeatExactly(grammar, unit, count % groupSize),
  )
}

/**
 * Writes whole groups, and then less than one group. Each count can be written in one way only, so
 * that the parser follows few alternatives at a time.
 */
function repeatAtMost(grammar: GrammarBuilder, unit: string, count: number): string {
  if (count === 0) return '""'
  if (count <= groupSize) return `${unit}{0,${count}}`
  const [group, groupCount] = [addGroup(grammar, unit), Math.floor(count / groupSize)]
  return either(
    sequence(repeatAtMost(grammar, group, groupCount - 1), `${unit}{0,${groupSize - 1}}`),
    sequence(
      repeatExactly(grammar, group, groupCount),
      repeatAtMost(grammar, unit, count % groupSize),
    ),
  )
}

/** One after the other. */
export function sequence(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '""').join(' ') || '""'
}

function addGroup(grammar: GrammarBuilder, unit: string): string {
  return grammar.shareRule('group', `${unit}{${groupSize}}`)
}

/** A set of characters as a character class; with `not`, all other characters. */
export function characterClass(characters: Iterable<string>, { not = false } = {}): string {
  const escapedCharacters = [...characters].map((character) =>
    /[a-zA-Z0-9_ ]/.test(character)
      ? character
      : `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  )
  return `[${not ? '^' : ''}${escapedCharacters.join('')}]`
}
