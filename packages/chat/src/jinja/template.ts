import { TemplateFault, TemplateLimit } from './errors.ts'
import { execute } from './evaluate/execute.ts'
import { innerScope } from './evaluate/scope.ts'
import { filters } from './filters/filters.ts'
import { findFreeVariables } from './free-variables.ts'
import { globals } from './globals.ts'
import { createMeter, defaultLimits, type Limits } from './limits.ts'
import { parseSource } from './syntax/parse-template.ts'
import type { Body } from './syntax/syntax-tree.ts'
import { tests } from './tests.ts'
import { withCharges } from './values/charge-reading.ts'
import { toVariables } from './values/from-javascript.ts'
import { joinTexts, piecesOf, type TextPiece } from './text/text.ts'
import type { Run, Text } from './values/value.ts'

/** A parsed template, which can be rendered many times. */
export interface Template {
  /**
   * The output for some variables: plain values of JavaScript, in which whole numbers are integers.
   * What `fromCaller` marks stays marked in the output. Throws `TemplateRefusal` where the template
   * refuses, `TemplateFault` where Python would fail, and `TemplateLimit`.
   */
  render(variables: Readonly<Record<string, unknown>>, options?: RenderOptions): TextPiece[]
  /** The names that the template reads and does not assign itself before. */
  readonly freeVariables: ReadonlySet<string>
}

interface RenderOptions {
  /** The clock of `strftime_now`, read as local time. */
  readonly now?: () => Date
  readonly limits?: Partial<Limits>
}

/** Characters of a template's source; published ones have under 20,000. */
const maxSourceLength = 200_000

/** Parses a template. Throws `TemplateSyntaxError`, or `TemplateLimit` where it is too large. */
export function parseTemplate(source: string): Template {
  if (source.length > maxSourceLength)
    throw new TemplateLimit('source', `the template is longer than ${maxSourceLength} characters`)
  const body = catchOverflow(() => parseSource(normalizeSource(source)))
  const freeVariables = findFreeVariables(body)
  return {
    freeVariables,
    render: (variables, options) => catchOverflow(() => render(body, variables, options)),
  }
}

/** Jinja reads every line break as `\n`, and drops the last. */
function normalizeSource(source: string): string {
  const normalized = source.replaceAll(/\r\n?/g, '\n')
  return normalized.endsWith('\n') ? normalized.slice(0, -1) : normalized
}

function render(
  body: Body,
  variables: Readonly<Record<string, unknown>>,
  { now = () => new Date(), limits = {} }: RenderOptions = {},
): TextPiece[] {
  const { values, size } = toVariables(variables)
  const meter = createMeter({ ...defaultLimits(size), ...limits })
  const run: Run = {
    meter,
    now,
    findFilter: (name) => find(chargedFilters, 'filter', name),
    findTest: (name) => find(chargedTests, 'test', name),
  }
  const texts: Text[] = []
  let length = 0
  const output = {
    write(text: Text) {
      length += text.string.length
      meter.chargeOutput(length, text.string.length)
      texts.push(text)
    },
  }
  const scope = innerScope({ names: values, outer: { names: new Map(globals), outer: undefined } })
  execute(body, { scope, output, run })
  return piecesOf(joinTexts(texts))
}

const chargedFilters = withCharges(filters)
const chargedTests = withCharges(tests)

function find<T>(entries: ReadonlyMap<string, T>, kind: string, name: string): T {
  const entry = entries.get(name)
  if (entry) return entry
  throw new TemplateFault('TemplateRuntimeError', `No ${kind} named '${name}' found.`)
}

/** Values nested deeper than the stack of this machine are one more limit. */
function catchOverflow<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof RangeError)
      throw new TemplateLimit('depth', 'the template nests values too deep')
    throw error
  }
}
