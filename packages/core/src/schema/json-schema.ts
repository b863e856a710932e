import { NanoError } from '../error.ts'
import type { JsonSchema } from '../standard-schema.ts'
import { checkSchema, circleProblem, type SchemaCheckOptions } from './check-schema.ts'
import type { SchemaProblem } from './keyword-needs.ts'
import type { Fault } from './outcome.ts'
import { schemaReferences } from './schema-references.ts'
import { runSteps, type Steps } from './steps.ts'
import { EndlessReference, type StepwiseValidate, stepwiseValidator } from './validate.ts'

/** Why a text does not hold to a schema. */
export interface SchemaFault {
  /** For the model that is asked again: it may name what the text says. */
  readonly forModel: string
  /** For people and logs: places in the schema and what it says there, without values and texts. */
  readonly forLogs: string
}

/** Checks texts and values against one schema. */
export interface JsonSchemaChecker {
  (text: string): SchemaFault | undefined
  readonly checkValue: (value: unknown) => SchemaFault | undefined
  /** The same in steps. */
  readonly checkValueInSteps: (value: unknown) => Steps<SchemaFault | undefined>
}

/** What checks values by each schema that was read, so that it is read once for a request. */
const validators = new WeakMap<JsonSchema, StepwiseValidate>()

/** Places beyond these are not told in logs. */
const maxPlaces = 20

/**
 * Checks texts against a JSON Schema of draft 2020-12 as it is specified, `format` included. Throws
 * `invalid-request` for a keyword whose value is not what it has to be, or a reference to nothing,
 * and `unsupported` for a reference or a pattern that cannot be followed. What it reads of a schema
 * it keeps with the object: do not change the schema afterwards, or it is checked as it was.
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function jsonSchemaChecker(
  schema: JsonSchema,
  label: string,
  options: SchemaCheckOptions = {},
): JsonSchemaChecker {
  return runSteps(jsonSchemaCheckerSteps(schema, label, options))
}

/** Makes the checker of `jsonSchemaChecker` in steps; of a schema that was read before, at once. */
export function* jsonSchemaCheckerSteps(
  schema: JsonSchema,
  label: string,
  options: SchemaCheckOptions = {},
): Steps<JsonSchemaChecker> {
  const refuse = ({ code, reason }: SchemaProblem): never => {
    const verdict = code === 'unsupported' ? 'cannot be checked' : 'is invalid'
    throw new NanoError(code, `${label}: the schema ${verdict}: ${reason}`)
  }
  const validate = yield* readSchema()

  function* readSchema(): Steps<StepwiseValidate> {
    const knownValidator = validators.get(schema)
    if (knownValidator && !options.isStrict && !options.isHeld) return knownValidator
    const references = schemaReferences(schema)
    const problem = yield* checkSchema(schema, references, options)
    if (problem) refuse(problem)
    const newValidator = yield* stepwiseValidator(schema, references)
    validators.set(schema, newValidator)
    return newValidator
  }

  function* findFaults(value: unknown): Steps<readonly Fault[]> {
    try {
      return yield* validate(value)
    } catch (error) {
      if (error instanceof EndlessReference) return refuse(circleProblem)
      // The stack overflowed: it is as deep as the value and the schema.
      if (!(error instanceof RangeError)) throw error
      return [{ valuePath: '', schemaPath: '#', problem: 'is nested too deep to be checked' }]
    }
  }

  function* checkValueInSteps(value: unknown): Steps<SchemaFault | undefined> {
    const faults = yield* findFaults(value)
    if (faults.length === 0) return undefined
    const places = faults.map(
      ({ schemaPath, problem }) => `${schemaPath} (${problemForLogs(schemaPath, problem)})`,
    )
    return {
      forModel: faults
        .map(({ valuePath, problem }) => `${valuePath || 'the answer'}: ${problem}`)
        .join('\n'),
      forLogs: `at ${[...new Set(places)].slice(0, maxPlaces).join(', ')}`,
    }
  }

  const checkValue = (value: unknown) => runSteps(checkValueInSteps(value))

  function checkText(text: string): SchemaFault | undefined {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      return {
        forModel: `it is not JSON (${error instanceof Error ? error.message : String(error)})`,
        forLogs: 'it is not JSON',
      }
    }
    return checkValue(value)
  }

  return Object.assign(checkText, { checkValue, checkValueInSteps })
}

/** The problem without the values of `const` and `enum`, which are data of the caller. */
function problemForLogs(schemaPath: string, problem: string): string {
  return /\/(?:const|enum)$/.test(schemaPath) ? 'is another value' : problem.slice(0, 200)
}
