import { NanoError } from './error.ts'
import { continuedText } from './message.ts'
import type { Part, ToolCall } from './part.ts'
import { type GenerateRequest, parseRequest } from './request.ts'
import type { GenerateResult } from './result.ts'
import { type JsonSchemaChecker, jsonSchemaChecker } from './schema/json-schema.ts'
import { isStandardSchema, parseOutput, toJsonSchema } from './standard-schema.ts'

/** A request as drivers receive it, and the schemas as the caller wrote them. */
export interface TypedRequest {
  readonly request: GenerateRequest
  readonly schema?: unknown
  /** The parameters of each tool that has a library's schema, by its name. */
  readonly parameters?: ReadonlyMap<string, unknown>
}

/** The fields of a request that may hold a library's schemas. */
export interface RequestSchemas {
  readonly schema?: unknown
  readonly tools?: unknown
}

/**
 * Checks what a caller wrote, and puts JSON Schemas in place of a library's schemas.
 * Throws `invalid-request` that names each fault by its path.
 */
export function parseTypedRequest(input: RequestSchemas): TypedRequest {
  const { schema, tools } = input
  const parameters = new Map<string, unknown>()
  const plainTools = Array.isArray(tools)
    ? tools.map((tool: unknown, index) => {
        if (typeof tool !== 'object' || tool === null || !('parameters' in tool)) return tool
        if (!isStandardSchema(tool.parameters)) return tool
        if ('name' in tool) parameters.set(String(tool.name), tool.parameters)
        const path = `tools[${index}].parameters`
        return { ...tool, parameters: toJsonSchema(tool.parameters, path) }
      })
    : tools
  const request = parseRequest({
    ...input,
    ...(schema !== undefined && { schema: toJsonSchema(schema, 'schema') }),
    ...(tools !== undefined && { tools: plainTools }),
  })
  return { request, schema, parameters }
}

/** The input of a call as the tool's schema parses it. Throws `bad-output` for one it refuses. */
export async function parseCallInput(
  { request, parameters }: TypedRequest,
  { name, input }: ToolCall,
  driver: string,
): Promise<unknown> {
  const subject = `${driver}: the input of a call of ${name}`
  const ownSchema = parameters?.get(name)
  if (ownSchema !== undefined) return parseOutput(ownSchema, input, subject)
  const tool = request.tools?.find((offered) => offered.name === name)
  if (!tool) return input
  const fault = jsonSchemaChecker(tool.parameters, subject).checkValue(input)
  if (!fault) return input
  throw new NanoError('bad-output', `${subject} does not hold to its schema: ${fault.forLogs}`)
}

/**
 * Checks an answer once it is whole: a driver that constrains its answers may hold them to less
 * than the schema says. Undefined where there is nothing to check; a library's schema checks
 * its answers itself. Throws `unsupported` for a schema that cannot be checked.
 */
export function answerChecker(
  { request, schema }: TypedRequest,
  driver: string,
): ((part: Part) => void) | undefined {
  if (request.schema === undefined || isStandardSchema(schema)) return undefined
  const jsonSchema = request.schema
  /** Made with the first part: a driver that reads the schema itself says better what is wrong. */
  let findFault: JsonSchemaChecker | undefined
  const texts = [continuedText(request.messages)]
  let callsTools = false
  return (part) => {
    findFault ??= jsonSchemaChecker(jsonSchema, driver)
    if (part.type === 'text') texts.push(part.text)
    if (part.type === 'tool-call') callsTools = true
    if (part.type !== 'finish' || part.finishReason !== 'stop' || callsTools) return
    const fault = findFault(texts.join(''))
    if (fault)
      throw new NanoError(
        'bad-output',
        `${driver}: the answer does not hold to its schema: ${fault.forLogs}. ` +
          'structured() asks again where that happens',
      )
  }
}

/** The result with `object` and the inputs of its calls parsed. Throws `bad-output`. */
export async function parseResult(
  typed: TypedRequest,
  result: GenerateResult,
  driver: string,
): Promise<GenerateResult> {
  const toolCalls = await Promise.all(
    result.toolCalls.map(async (call) => ({
      ...call,
      input: await parseCallInput(typed, call, driver),
    })),
  )
  const isAnswer = result.finishReason === 'stop' && toolCalls.length === 0
  if (!isAnswer || typed.schema === undefined) return { ...result, toolCalls }
  const text = continuedText(typed.request.messages) + result.text
  const value = parseJson(text, driver)
  return {
    ...result,
    toolCalls,
    object: await parseOutput(typed.schema, value, `${driver}: the answer`),
  }
}

function parseJson(text: string, driver: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NanoError('bad-output', `${driver}: the answer is not JSON`, { cause })
  }
}
