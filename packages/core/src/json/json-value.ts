import * as z from 'zod/mini'
import { describeValue } from '../describe-value.ts'
import { isJsonObject } from '../schema-keywords.ts'
import { runSteps, type Steps } from '../schema/steps.ts'
import { type Json, type JsonReading, readJson } from './read-json.ts'
import { maxWrittenLength, tooLong } from './write-json.ts'

/** An object as plain data. */
export type JsonObject = Record<string, Json>

/**
 * JSON as plain data that a prompt has in full. zod's own schema of JSON takes twenty times as
 * long: a request may have 100,000 constants.
 */
export const jsonValue = parserOf<Json>(readPromptJson)

/** The parameters of a tool, which a prompt has in full. */
export const parametersValue = parserOf<JsonObject>(readParameters)

/** The schema of an answer: parts of it may stand in many places. */
export const schemaValue = parserOf<JsonObject>(readSchema)

function parserOf<Value extends Json>(
  read: (value: unknown) => Steps<JsonReading>,
): z.ZodMiniType<Value, Value> {
  const parser = z.pipe(
    z.custom<unknown>(),
    z.transform((value: unknown, { issues }) => {
      const reading = runSteps(read(value))
      if (reading.fault === undefined) return reading.value as Value
      issues.push({ code: 'custom', message: reading.fault, input: value, continue: true })
      return value as Value
    }),
  )
  // A transform takes any value, and the caller writes a `Value`.
  return parser as unknown as z.ZodMiniType<Value, Value>
}

/** Reads the schema of an answer, in steps. */
export function* readSchema(value: unknown): Steps<JsonReading> {
  if (!isJsonObject(value))
    return { fault: `expected a JSON Schema, an object, got ${describeValue(value)}` }
  const reading = yield* readJson(value)
  // Its reader is kept with the object, which the caller may change before the next request.
  return reading.fault === undefined ? { ...reading, value: { ...Object(reading.value) } } : reading
}

/** Reads the parameters of a tool, in steps. */
export function* readParameters(value: unknown): Steps<JsonReading> {
  return limitLength(yield* readSchema(value))
}

function* readPromptJson(value: unknown): Steps<JsonReading> {
  return limitLength(yield* readJson(value))
}

function limitLength(reading: JsonReading): JsonReading {
  const isTooLong = reading.fault === undefined && reading.length > maxWrittenLength
  return isTooLong ? { fault: `as JSON, ${tooLong}` } : reading
}
