/** A grammar in the making, in GBNF; `root` is the rule that a whole text is. */
export interface Rules {
  /** Adds a rule once, and returns its name. `body` is made after the name is taken, so that a rule can hold itself. */
  rule(name: string, body: () => string): string
  /** A name that no rule has yet, and that is given to no one else. */
  fresh(stem: string): string
  /** Whether there is such a rule. */
  has(name: string): boolean
  /** The grammar, beginning at `root`. */
  text(root: string): string
}

/** @see https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md */
export function rules(): Rules {
  const bodies = new Map<string, string>()
  const given = new Set<string>()

  return {
    rule(name, body) {
      if (!bodies.has(name)) {
        bodies.set(name, '')
        bodies.set(name, body())
      }
      return name
    },
    fresh(stem) {
      const plain = stem.replaceAll(/[^a-zA-Z0-9]+/g, '-')
      let name = plain
      for (let count = 2; bodies.has(name) || given.has(name); count++) name = `${plain}-${count}`
      given.add(name)
      return name
    },
    has: (name) => bodies.has(name),
    text: (root) => [`root ::= ${root}`, ...[...bodies].map(([name, body]) => `${name} ::= ${body}`)].join('\n'),
  }
}

/** Exactly this text. */
export function literal(text: string): string {
  return JSON.stringify(text)
}

/** One of several. */
export function either(...bodies: readonly string[]): string {
  return bodies.length === 1 ? (bodies[0] ?? '') : `(${bodies.join(' | ')})`
}

/** `body` from `least` to `most` times; without `most`, any number of times. */
export function times(body: string, least: number, most = Infinity): string {
  if (most === 0) return '""'
  return `(${body}){${least},${most === Infinity ? '' : most}}`
}

/** A set of characters, as a class of the grammar holds it. */
export function characterClass(characters: Iterable<string>, { not = false } = {}): string {
  const escaped = [...characters].map((character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`)
  return `[${not ? '^' : ''}${escaped.join('')}]`
}
