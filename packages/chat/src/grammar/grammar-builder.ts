/** A grammar in the making, in GBNF; `root` is the rule that a whole text is. */
export interface GrammarBuilder {
  /**
   * Adds a rule once, and returns its name. `body` is made after the name is taken, so that a rule
   * can hold itself.
   */
  addRule(name: string, body: () => string): string
  /** The name of the rule with this body: the one there is, else a new one. */
  shareRule(stem: string, body: string): string
  /** A name that no rule has yet, and that is given to no one else. */
  reserveName(stem: string): string
  /** Whether there is such a rule. */
  hasRule(name: string): boolean
  /** The grammar, beginning at `root`. */
  toGbnf(root: string): string
}

/** @see https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md */
export function grammarBuilder(): GrammarBuilder {
  const bodies = new Map<string, string>()
  const given = new Set<string>()
  /** Names by body, of those made to share it. */
  const shared = new Map<string, string>()

  function rule(name: string, body: () => string): string {
    if (!bodies.has(name)) {
      bodies.set(name, '')
      bodies.set(name, body())
    }
    return name
  }

  function fresh(stem: string): string {
    const plain = stem.replaceAll(/[^a-zA-Z0-9]+/g, '-')
    let name = plain
    for (let count = 2; bodies.has(name) || given.has(name); count++) name = `${plain}-${count}`
    given.add(name)
    return name
  }

  return {
    addRule: rule,
    reserveName: fresh,
    shareRule(stem, body) {
      const name = shared.get(body) ?? rule(fresh(stem), () => body)
      shared.set(body, name)
      return name
    },
    hasRule: (name) => bodies.has(name),
    toGbnf: (root) =>
      [`root ::= ${root}`, ...[...bodies].map(([name, body]) => `${name} ::= ${body}`)].join('\n'),
  }
}

/** Exactly this text. */
export function literal(text: string): string {
  // The two escapes of JSON that GBNF does not have.
  return JSON.stringify(text).replaceAll(
    /\\./g,
    (escape) => ({ '\\b': '\\x08', '\\f': '\\x0C' })[escape] ?? escape,
  )
}

/** One of several. */
export function either(...bodies: readonly string[]): string {
  return bodies.length === 1 ? (bodies[0] ?? '') : `(${bodies.join(' | ')})`
}

/**
 * llama.cpp refuses a repetition whose count times the rules within is over 2000, and takes a
 * maximum over 2000 by itself for none. What is repeated is one rule here, and more of it than this
 * are repeated groups of it.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-grammar.cpp
 */
const group = 256

/** `body` from `least` to `most` times; without `most`, any number of times. */
export function times(
  grammar: GrammarBuilder,
  body: string,
  { least, most = Infinity }: { readonly least: number; readonly most?: number },
): string {
  if (most === 0) return '""'
  const unit = grammar.hasRule(body) ? body : grammar.shareRule('unit', body)
  return sequence(
    exactly(grammar, unit, least),
    most === Infinity ? `${unit}*` : atMost(grammar, unit, most - least),
  )
}

function exactly(grammar: GrammarBuilder, unit: string, count: number): string {
  if (count === 0) return '""'
  if (count <= group) return `${unit}{${count}}`
  return sequence(
    exactly(grammar, groupOf(grammar, unit), Math.floor(count / group)),
    exactly(grammar, unit, count % group),
  )
}

/**
 * Whole groups and less than one more, up to the last of them: each count is written in one way, so
 * few are followed at a time.
 */
function atMost(grammar: GrammarBuilder, unit: string, count: number): string {
  if (count === 0) return '""'
  if (count <= group) return `${unit}{0,${count}}`
  const [whole, groups] = [groupOf(grammar, unit), Math.floor(count / group)]
  return either(
    sequence(atMost(grammar, whole, groups - 1), `${unit}{0,${group - 1}}`),
    sequence(exactly(grammar, whole, groups), atMost(grammar, unit, count % group)),
  )
}

function sequence(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '""').join(' ') || '""'
}

function groupOf(grammar: GrammarBuilder, unit: string): string {
  return grammar.shareRule('group', `${unit}{${group}}`)
}

/** A set of characters, as a class of the grammar holds it. */
export function characterClass(characters: Iterable<string>, { not = false } = {}): string {
  const escaped = [...characters].map(
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  )
  return `[${not ? '^' : ''}${escaped.join('')}]`
}
