import { TemplateLimit } from './errors.ts'

/** What one rendering may use. */
export interface Limits {
  /** Nodes evaluated, items made, and a share of every text read or made. */
  readonly steps: number
  /** Characters of the whole output, and of every text on the way. */
  readonly characters: number
  /** Items of one list, tuple or range. */
  readonly items: number
  /** Nodes and macros inside one another. */
  readonly depth: number
}

/** What the variables of a rendering hold, by which its limits grow. */
export interface InputSize {
  readonly values: number
  readonly characters: number
}

/** Counts what a rendering uses; each method throws `TemplateLimit` when a limit is passed. */
export interface Meter {
  charge(steps: number): void
  /** Called before a text is made, so that one too long is never made. */
  chargeText(characters: number): void
  /** Called before each character of a text is handled by itself, which takes longer. */
  chargeCharacters(count: number): void
  /** Called before a search, which may compare the whole wanted text at every place. */
  chargeSearch(characters: number, wantedLength: number): void
  /** Called as an output grows; only what is new is paid for. */
  chargeOutput(total: number, added: number): void
  chargeItems(count: number): void
  enter(): void
  leave(): void
}

/**
 * Published templates need under 4,000 steps for a short conversation with tools and about 100 a
 * message; two look through all messages for each, and need four million for a thousand. A million
 * steps take about a tenth of a second.
 */
export function defaultLimits({ values, characters }: InputSize): Limits {
  return {
    steps: Math.min(500_000 + 2_000 * values + values ** 2, 20_000_000) + 4 * characters,
    characters: 1_000_000 + 16 * characters,
    items: 100_000 + values + characters,
    depth: 800,
  }
}

export function createMeter(limits: Limits): Meter {
  let steps = 0
  let depth = 0

  function charge(count: number): void {
    steps += count
    if (steps > limits.steps) throw limitError('steps', limits.steps)
  }

  return {
    charge,
    chargeText(characters) {
      if (characters > limits.characters) throw limitError('characters', limits.characters)
      charge(characters / charactersPerStep)
    },
    chargeCharacters(count) {
      charge(count / lettersPerStep)
    },
    chargeSearch(characters, wantedLength) {
      const places = Math.max(characters - wantedLength, 0) + 1
      if (wantedLength > charactersPerStep) charge((places * wantedLength) / charactersPerStep ** 2)
    },
    chargeOutput(total, added) {
      if (total > limits.characters) throw limitError('characters', limits.characters)
      charge(added / charactersPerStep)
    },
    chargeItems(count) {
      if (count > limits.items) throw limitError('items', limits.items)
      charge(count)
    },
    enter() {
      depth += 1
      if (depth > limits.depth) throw limitError('depth', limits.depth)
    },
    leave() {
      depth -= 1
    },
  }
}

const charactersPerStep = 32
const lettersPerStep = 4

function limitError(name: keyof Limits, limit: number): TemplateLimit {
  return new TemplateLimit(name, `the template needs more than ${limit} ${describe[name]}`)
}

const describe: Record<keyof Limits, string> = {
  steps: 'steps to render',
  characters: 'characters in one text',
  items: 'items in one list',
  depth: 'levels of nesting',
}
