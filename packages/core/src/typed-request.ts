import { NanoError } from './error.ts'
import { continuedText } from './message.ts'
import { type OutputReader, outputReader, type Reading } from './output-reader.ts'
import type { Part } from './part.ts'
import { type GenerateRequest, parseRequest } from './request.ts'
import type { GenerateResult } from './result.ts'

/** A request as drivers receive it, and the reader of what the model writes for it. */
export interface TypedRequest {
  readonly request: GenerateRequest
  /** Absent where the request has neither a schema nor tools. */
  readonly reader?: OutputReader
}

/** The fields of a request that may hold a library's schemas. */
export interface RequestSchemas {
  readonly schema?: unknown
  readonly tools?: unknown
}

/**
 * Checks what a caller wrote, and puts JSON Schemas in place of a library's schemas. Throws
 * `invalid-request` that names each fault by its path, and `unsupported` for what JSON Schema
 * cannot express; `driver` is named in the errors of the reader.
 */
export async function parseTypedRequest(
  input: RequestSchemas,
  driver: string,
): Promise<TypedRequest> {
  const { schema, tools } = input
  const parameters = new Map<string, unknown>()
  if (Array.isArray(tools))
    for (const tool of tools as unknown[])
      if (typeof tool === 'object' && tool !== null && 'parameters' in tool && 'name' in tool)
        parameters.set(String(tool.name), tool.parameters)
  const request = await parseRequest(input)
  return { request, reader: outputReader({ request, schema, parameters }, driver) }
}

/**
 * Checks the calls of a reply, and its answer once it is whole: a driver that constrains what it
 * samples may hold it to less than the schemas say. A part that needs no check gives undefined.
 * Throws what `jsonSchemaChecker` throws for a schema by which nothing can be checked.
 */
export function partChecker(
  { request, reader }: TypedRequest,
  driver: string,
): ((part: Part) => Promise<void> | undefined) | undefined {
  if (!reader) return undefined
  const texts = [continuedText(request.messages)]
  let isPrepared = false
  let callsTools = false

  const checkPart = (part: Part): Promise<void> | undefined => {
    if (part.type === 'text') texts.push(part.text)
    if (part.type === 'tool-call') {
      callsTools = true
      return assertNoFault(reader.readInput(part), `${driver}: the input of a call of ${part.name}`)
    }
    const isAnswer = part.type === 'finish' && part.finishReason === 'stop' && !callsTools
    if (!isAnswer || !request.schema) return undefined
    return assertNoFault(reader.readAnswer(texts.join('')), `${driver}: the answer`)
  }

  return (part) => {
    if (isPrepared) return checkPart(part)
    isPrepared = true
    // With the first part: a driver that reads the schema itself says better what is wrong.
    return reader.prepare().then(() => checkPart(part))
  }
}

async function assertNoFault(reading: Promise<Reading>, subject: string): Promise<void> {
  const { fault } = await reading
  if (!fault) return
  throw new NanoError(
    'bad-output',
    `${subject} does not satisfy its schema: ${fault.forLogs}. ` +
      'The middleware structured() asks the model again in this case',
  )
}

/** The result of checked parts with `object` and the inputs of its calls parsed. */
export async function parseResult(
  { request, reader }: TypedRequest,
  result: GenerateResult,
): Promise<GenerateResult> {
  if (!reader) return result
  const toolCalls = await Promise.all(
    result.toolCalls.map(async (call) => ({
      ...call,
      input: valueOf(await reader.readInput(call)),
    })),
  )
  const isAnswer = result.finishReason === 'stop' && toolCalls.length === 0
  if (!isAnswer || !request.schema) return { ...result, toolCalls }
  const text = continuedText(request.messages) + result.text
  return { ...result, toolCalls, object: valueOf(await reader.readAnswer(text)) }
}

function valueOf(reading: Reading): unknown {
  return 'value' in reading ? reading.value : undefined
}
