import type { Steps } from '@nano/core/driver'
import {
  characterClass,
  either,
  type GrammarBuilder,
  literal,
  sequence,
} from './grammar-builder.ts'
import { estimateCost } from './grammar-cost.ts'

interface LiteralTreeOptions {
  readonly texts: ReadonlySet<string>
  /** What follows a text. */
  readonly bodyAfter?: (text: string) => string
  /** The share of the grammar that may be taken once the tree is written; without it, all. */
  readonly share?: number
}

/** How some texts go on: with what all of them have, and what follows that. */
interface Remainder {
  readonly prefix: string
  /** A choice, or the body after the end of a text. */
  readonly next: Choice | string
}

interface Choice {
  readonly id: number
  readonly branches: readonly Branch[]
  /** How many branches lead here. */
  useCount: number
}

/** Characters that all go on alike; none where a text ends. */
interface Branch {
  readonly characters: string[]
  readonly remainder: Remainder
}

/** Up to so many texts share too little: each part is written where it stands. */
const maxUnsharedTexts = 16

/** A choice of more branches is not compared with others. */
const maxSharedBranches = 1_000

/** More branches than this do not fit into a grammar. */
const maxGroups = 20_000

/** What it costs to read a branch, beside its characters. */
const branchCost = 10
const choiceCost = 30
/** What it costs to read one more character of a branch, which may be written as an escape. */
const characterCost = 10

/** The texts that are read in one step. */
const stepLength = 1_000

/** How deep a tree branches; beyond, the rest of each text is written out. */
const maxDepth = 40

/** A choice of more characters than this that is used again becomes a rule. */
const maxInlineLength = 16

/**
 * One of some texts, as a tree of what they begin with: a parser follows one branch of it, however
 * many texts there are. Parts of the tree that go on alike are written once. Undefined for a tree
 * that is too large for the grammar.
 */
export function* literalTree(
  grammar: GrammarBuilder,
  { texts, bodyAfter = () => '', share = 1 }: LiteralTreeOptions,
): Steps<string | undefined> {
  const choices = new Map<string, Choice>()
  let cost = 0
  let branchCount = 0

  function* readTexts(
    group: readonly string[],
    at: number,
    depth: number,
  ): Steps<Remainder | undefined> {
    const [first = ''] = group
    if (group.length <= 1) return { prefix: first.slice(at), next: bodyAfter(first) }
    yield
    const sharedEnd = yield* findSharedEnd(group, at)
    const branches = new Map<string, Branch>()
    const groups = yield* groupTexts(group, sharedEnd, depth < maxDepth)
    if (!groups) return undefined
    for (const [character, members] of groups) {
      const remainder = yield* readTexts(members, sharedEnd + character.length, depth + 1)
      if (!remainder) return undefined
      const key = character === '' ? `\n\n${toKey(remainder)}` : toKey(remainder)
      const branch = branches.get(key)
      if (branch) {
        branch.characters.push(character)
        cost += characterCost
      } else {
        branches.set(key, { characters: character === '' ? [] : [character], remainder })
        cost += costOf(remainder)
      }
      if (++branchCount % stepLength === 0) yield
      if (!grammar.fits(cost, share)) return undefined
    }
    return { prefix: first.slice(at, sharedEnd), next: shareChoice(branches) }
  }

  function shareChoice(branches: ReadonlyMap<string, Branch>): Choice {
    const isShared = texts.size > maxUnsharedTexts && branches.size <= maxSharedBranches
    const key = isShared ? keyOfBranches(branches) : String(choices.size)
    const existingChoice = choices.get(key)
    if (existingChoice) {
      existingChoice.useCount += 1
      for (const { characters, remainder } of branches.values())
        cost -= costOf(remainder) + characterCost * Math.max(0, characters.length - 1)
      return existingChoice
    }
    const choice = { id: choices.size, branches: [...branches.values()], useCount: 1 }
    choices.set(key, choice)
    cost += choiceCost
    return choice
  }

  const root = yield* readTexts([...texts], 0, 0)
  if (!root || !grammar.fits(cost + costOf(root), share)) return undefined
  const bodies = new Map<Choice, string>()
  // A choice comes after those that it leads to.
  for (const choice of choices.values()) {
    yield
    const branchBodies: string[] = []
    for (const branch of choice.branches) {
      branchBodies.push(writeBranch(branch))
      if (branchBodies.length % stepLength === 0) yield
    }
    const body = either(...branchBodies)
    const isShared = choice.useCount > 1 && body.length > maxInlineLength
    bodies.set(choice, isShared ? grammar.shareRule('rest', body) : body)
  }
  return write(root)

  function writeBranch({ characters, remainder }: Branch): string {
    const [character = ''] = characters
    if (characters.length <= 1) return write(remainder, character)
    return sequence(characterClass(characters), write(remainder))
  }

  function write({ prefix, next }: Remainder, character = ''): string {
    const text = character + prefix
    const body = typeof next === 'string' ? next : (bodies.get(next) ?? '')
    return sequence(text === '' ? '""' : literal(text), body || '""')
  }
}

function costOf({ prefix }: Remainder): number {
  return branchCost + estimateCost(prefix)
}

function keyOfBranches(branches: ReadonlyMap<string, Branch>): string {
  const parts = Array.from(
    branches,
    ([remainderKey, { characters }]) => `${remainderKey}\n${characters.toSorted().join('')}`,
  )
  return parts.toSorted().join('\n\n')
}

/** A line break stands in none of the texts of a grammar. */
function toKey({ prefix, next }: Remainder): string {
  return `${prefix}\n${typeof next === 'string' ? next : next.id}`
}

/** Texts with the same character at a place; it is empty where a text ends. */
type Group = readonly [character: string, members: readonly string[]]

/**
 * The texts by the character at a place, or each alone with its own; undefined where they are more
 * groups than fit into a grammar.
 */
function* groupTexts(
  texts: readonly string[],
  at: number,
  isTogether: boolean,
): Steps<readonly Group[] | undefined> {
  const characterOf = (text: string) => {
    const codePoint = text.codePointAt(at)
    return codePoint === undefined ? '' : String.fromCodePoint(codePoint)
  }
  if (!isTogether)
    return texts.length > maxGroups ? undefined : texts.map((text) => [characterOf(text), [text]])
  const groups = new Map<string, string[]>()
  for (const [index, text] of texts.entries()) {
    if (index % stepLength === stepLength - 1) yield
    const character = characterOf(text)
    const group = groups.get(character)
    if (group) group.push(text)
    else groups.set(character, [text])
    if (groups.size > maxGroups) return undefined
  }
  return [...groups]
}

/** Where texts that are the same up to `at` begin to differ: never within a surrogate pair. */
function* findSharedEnd(texts: readonly string[], at: number): Steps<number> {
  const [first = ''] = texts
  let sharedEnd = first.length
  for (const [index, text] of texts.entries()) {
    if (index % stepLength === stepLength - 1) yield
    let end = at
    while (end < sharedEnd && text.charCodeAt(end) === first.charCodeAt(end)) end++
    sharedEnd = end
  }
  const isHighSurrogate = sharedEnd > at && (first.charCodeAt(sharedEnd - 1) & 0xfc00) === 0xd800
  return isHighSurrogate ? sharedEnd - 1 : sharedEnd
}
