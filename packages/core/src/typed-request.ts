import { NanoError } from './error.ts'
import { continuedText } from './message.ts'
import type { ToolCall } from './part.ts'
import { type GenerateRequest, parseRequest } from './request.ts'
import type { GenerateResult } from './result.ts'
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
export function parseCallInput(
  { parameters }: TypedRequest,
  { name, input }: ToolCall,
  driver: string,
): Promise<unknown> {
  return parseOutput(parameters?.get(name), input, `${driver}: the input of a call of ${name}`)
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
