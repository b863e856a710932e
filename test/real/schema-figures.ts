import { schemaOrder } from '../../packages/chat/test/support/schema-order.ts'
import type { SchemaCase } from '../../scripts/real-models/schemas.ts'

/** A case, as every engine gets it. */
export interface JudgedCase extends Pick<SchemaCase, 'schema' | 'tests'> {
  /** Each instance as it stands, each in the order of the schema, and the probes. */
  readonly texts: readonly string[]
  /** Which texts the check refuses; undefined where it refuses the schema. */
  readonly refusals: readonly boolean[] | undefined
  /** The check does not count. */
  readonly isAlone?: boolean
}

/** JSON of every type. A grammar that has all of them is as wide as any JSON. */
const probes = ['null', 'true', '7', '-1.5', '"x"', '[]', '[[{}]]', '{}', '{"x y":[1,"a"]}']

export function toTexts(schema: unknown, tests: SchemaCase['tests']): readonly string[] {
  const compactTexts = tests.map(({ data }) => JSON.stringify(data))
  return [
    ...compactTexts,
    ...tests.map(({ data }, index) => writeInOrder(data) ?? compactTexts[index] ?? ''),
    ...probes,
  ]

  function writeInOrder(data: unknown): string | undefined {
    try {
      return JSON.stringify(schemaOrder(schema)(data))
    } catch {
      return undefined
    }
  }
}

/** How an engine did with a collection. */
export interface Figures {
  readonly engine: string
  readonly schemas: number
  readonly compiled: number
  /** As wide as any JSON, where the schema is not. */
  readonly wide: number
  readonly valid: number
  readonly validInOrder: number
  readonly validAsWritten: number
  readonly invalid: number
  readonly invalidGiven: number
  /** Schemas with instances, and those whose instances are all taken or refused rightly. */
  readonly tested: number
  readonly allRight: number
}

export function summarize(
  engine: string,
  cases: readonly JudgedCase[],
  acceptance: readonly (readonly boolean[] | undefined)[],
): Figures {
  const results = cases.map((judgedCase, index) => count(judgedCase, acceptance[index]))
  const sum = (name: keyof ReturnType<typeof count>) =>
    results.reduce((total, result) => total + result[name], 0)
  return {
    engine,
    schemas: cases.length,
    compiled: sum('compiled'),
    wide: sum('wide'),
    valid: sum('valid'),
    validInOrder: sum('validInOrder'),
    validAsWritten: sum('validAsWritten'),
    invalid: sum('invalid'),
    invalidGiven: sum('invalidGiven'),
    tested: sum('tested'),
    allRight: sum('allRight'),
  }
}

function count({ tests, refusals, isAlone }: JudgedCase, texts: readonly boolean[] | undefined) {
  const isGiven = (at: number) => texts?.[at] === true && (isAlone || refusals?.[at] === false)
  const marks = tests.map((_, index) => isGiven(index))
  const marksInOrder = tests.map((_, index) => isGiven(tests.length + index))
  const number = (mark: readonly boolean[], valid: boolean) =>
    mark.filter((isTaken, index) => isTaken && tests[index]?.valid === valid).length
  const validCount = tests.filter(({ valid }) => valid).length
  const probesAt = tests.length * 2
  const acceptsProbes = texts?.slice(probesAt).every(Boolean) === true
  const refusesProbe = refusals?.slice(probesAt).some(Boolean) === true
  const isRight =
    texts !== undefined && number(marksInOrder, true) === validCount && number(marks, false) === 0
  return {
    compiled: Number(texts !== undefined),
    wide: Number(acceptsProbes && refusesProbe),
    valid: validCount,
    validInOrder: number(marksInOrder, true),
    validAsWritten: number(marks, true),
    invalid: tests.length - validCount,
    invalidGiven: number(marks, false),
    tested: Number(tests.length > 0),
    allRight: Number(tests.length > 0 && isRight),
  }
}
