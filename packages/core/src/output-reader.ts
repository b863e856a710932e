import { NanoError } from './error.ts'
import type { ToolCall } from './part.ts'
import type { GenerateRequest } from './request.ts'
import {
  type JsonSchemaChecker,
  jsonSchemaCheckerSteps,
  type SchemaFault,
} from './schema/json-schema.ts'
import { runInTurns, type Steps } from './schema/steps.ts'
import { escapePointer } from './schema/subschemas.ts'
import {
  isStandardSchema,
  type JsonSchema,
  type SchemaIssue,
  type StandardSchema,
} from './standard-schema.ts'

/** A value as its schema parses it, or why it does not hold to it. */
export type Reading =
  | { readonly value: unknown; readonly fault?: undefined }
  | { readonly fault: SchemaFault }

/** Reads what a model wrote by the schemas of one request, the same text or input only once. */
export interface OutputReader {
  /** What the reader was made for: of another schema, or other tools, it knows nothing. */
  readonly request: ReaderRequest
  /** Throws what `jsonSchemaChecker` throws for a schema by which nothing can be checked. */
  readonly prepare: () => Promise<void>
  /** Reads a whole answer, with the beginning that it continues. */
  readonly readAnswer: (text: string) => Promise<Reading>
  /** Reads the input of a call. */
  readonly readInput: (call: ToolCall) => Promise<Reading>
}

type ReaderRequest = Pick<GenerateRequest, 'schema' | 'tools'>

/** The schemas of a request as drivers receive it, and as the caller wrote them. */
interface ReaderSchemas {
  readonly request: ReaderRequest
  readonly schema?: unknown
  /** The parameters of each tool that has a library's schema, by its name. */
  readonly parameters?: ReadonlyMap<string, unknown>
}

/** The reader of what a model writes for a request; `label` is named in errors. */
export function outputReader(
  { request, schema: ownSchema, parameters }: ReaderSchemas,
  label: string,
): OutputReader {
  const { schema, tools = [] } = request
  const readAnswerValue = schema && valueReader(schema, ownSchema, label)
  const inputReaders = new Map(
    tools.map((tool) => [
      tool.name,
      valueReader(tool.parameters, parameters?.get(tool.name), `${label}: the tool ${tool.name}`),
    ]),
  )
  let lastAnswer: { readonly text: string; readonly reading: Promise<Reading> } | undefined
  const inputs = new WeakMap<object, Promise<Reading>>()

  return {
    request,
    prepare: () => runInTurns(prepareReaders()),
    readAnswer(text) {
      if (lastAnswer?.text !== text) lastAnswer = { text, reading: readText(text) }
      return lastAnswer.reading
    },
    readInput({ name, input }) {
      const earlierReading = isObject(input) ? inputs.get(input) : undefined
      const reading = earlierReading ?? readValue(inputReaders.get(name), input)
      if (isObject(input)) inputs.set(input, reading)
      return reading
    },
  }

  /** All in one run: each run begins with a turn of its own, and hundreds of these add up. */
  function* prepareReaders(): Steps<void> {
    if (readAnswerValue) yield* readAnswerValue.prepare()
    for (const reader of inputReaders.values()) yield* reader.prepare()
  }

  async function readText(text: string): Promise<Reading> {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { fault: { forModel: `it is not JSON (${reason})`, forLogs: 'it is not JSON' } }
    }
    return readValue(readAnswerValue, value)
  }
}

/** The caller's reader where it was made for what a request has; middleware may have added more. */
export function readerFor(
  request: ReaderRequest,
  label: string,
  callerReader: OutputReader | undefined,
): OutputReader {
  const { schema, tools } = request
  const knowsSchema = callerReader?.request.schema === schema
  const knowsTools = callerReader?.request.tools === tools
  if (callerReader && knowsSchema && knowsTools) return callerReader
  const addedReader = outputReader({ request }, label)
  const [answers, inputs] = [
    (knowsSchema && callerReader) || addedReader,
    (knowsTools && callerReader) || addedReader,
  ]
  return {
    request: { ...(schema && { schema }), ...(tools && { tools }) },
    prepare: addedReader.prepare,
    readAnswer: answers.readAnswer,
    readInput: inputs.readInput,
  }
}

interface ValueReader {
  readonly prepare: () => Steps<void>
  readonly read: (value: unknown) => Promise<Reading>
}

async function readValue(reader: ValueReader | undefined, value: unknown): Promise<Reading> {
  return reader ? reader.read(value) : { value }
}

/** Reads values by a JSON Schema, or by the library's schema that it was made of. */
function valueReader(schema: JsonSchema, ownSchema: unknown, label: string): ValueReader {
  let checker: Promise<JsonSchemaChecker> | undefined
  const findChecker = () => (checker ??= runInTurns(jsonSchemaCheckerSteps(schema, label)))
  if (isStandardSchema(ownSchema))
    return { *prepare() {}, read: (value) => parseByLibrary(ownSchema, value, findChecker) }
  return {
    *prepare() {
      checker ??= Promise.resolve(yield* jsonSchemaCheckerSteps(schema, label))
    },
    async read(value) {
      const fault = await runInTurns((await findChecker()).checkValueInSteps(value))
      return fault ? { fault } : { value }
    },
  }
}

/** A model is told what JSON Schema says where it finds a fault: of alternatives, it says more. */
async function parseByLibrary(
  schema: StandardSchema,
  value: unknown,
  findChecker: () => Promise<JsonSchemaChecker>,
): Promise<Reading> {
  const validation = await schema['~standard'].validate(value)
  if (!validation.issues) return { value: validation.value }
  const fault = describeIssues(validation.issues, value)
  try {
    const ownFault = await runInTurns((await findChecker()).checkValueInSteps(value))
    return { fault: { ...fault, forModel: ownFault?.forModel ?? fault.forModel } }
  } catch (error) {
    if (NanoError.is(error) && refusalCodes.includes(error.code)) return { fault }
    throw error
  }
}

/** Of a JSON Schema by which nothing can be checked. */
const refusalCodes = ['unsupported', 'invalid-request']

/** Most issues that are told, and most characters of a reason in a log. */
const maxIssues = 20
const maxReasonLength = 200
/** Shorter texts stand in other words by chance. */
const minHiddenLength = 4

function describeIssues(issues: readonly SchemaIssue[], value: unknown): SchemaFault {
  const faults = issues.slice(0, maxIssues).map((issue) => {
    const path = (issue.path ?? []).map((step) => `/${escapePointer(toKey(step))}`).join('')
    return { path, reason: issue.message, reasonForLogs: reasonForLogs(issue, value) }
  })
  const places = faults.map(({ path, reasonForLogs }) => `${path || '/'} (${reasonForLogs})`)
  return {
    forModel: faults.map(({ path, reason }) => `${path || 'the answer'}: ${reason}`).join('\n'),
    forLogs: `at ${[...new Set(places)].join(', ')}`,
  }
}

/** The message of an issue without names and texts that the model wrote. */
function reasonForLogs(issue: SchemaIssue, value: unknown): string {
  if ('code' in issue && issue.code === 'unrecognized_keys') return 'Unrecognized key'
  let part = value
  for (const step of issue.path ?? []) part = isObject(part) ? Reflect.get(part, toKey(step)) : part
  const hiddenText = typeof part === 'string' && part.length >= minHiddenLength ? part : undefined
  const reason =
    hiddenText === undefined ? issue.message : issue.message.replaceAll(hiddenText, '…')
  return reason.replaceAll(/\s+/g, ' ').slice(0, maxReasonLength)
}

function toKey(step: unknown): string {
  return String(isObject(step) && 'key' in step ? step.key : step)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
