import type { Message } from '@nano/core'
import type { InferOutput, JsonSchema, StandardSchema, ToolInput } from '@nano/core/driver'

/** What a tool gets besides its input. */
export interface ToolContext {
  /** The id of the call. */
  readonly id: string
  /** Aborted where the call takes too long, and where the loop is left. */
  readonly signal: AbortSignal
  /** The conversation, up to the reply with the call. */
  readonly messages: readonly Message[]
}

/** A tool with what it does, as the app writes it. */
export interface ToolDefinition<
  Schema extends JsonSchema | StandardSchema = JsonSchema | StandardSchema,
> extends ToolInput {
  /** The schema of the input: JSON Schema, or a library's schema such as zod's. */
  readonly parameters: Schema
  /** Milliseconds that a call may take, above 0; the loop's `callTimeout` by default. */
  readonly timeout?: number
  /**
   * Runs a call. What it gives, or resolves to, is JSON and goes to the model; what it throws is
   * told to the model as an error.
   */
  execute(input: InferOutput<Schema>, context: ToolContext): unknown
}

/** A tool that a loop runs, whatever the type of its input. */
export interface ExecutableTool extends ToolInput {
  readonly timeout?: number
  execute(input: unknown, context: ToolContext): unknown
}

/** A tool whose `execute` has its input typed by `parameters`. */
export function tool<Schema extends JsonSchema | StandardSchema>(
  definition: ToolDefinition<Schema>,
): ExecutableTool {
  // The loop parses each input by `parameters` first.
  return definition as ExecutableTool
}

/** Throws a `TypeError` with advice for what is no list of tools that can be run. */
export function checkTools(tools: unknown): void {
  if (!Array.isArray(tools))
    throw new TypeError('tools: expected a list of tools, such as { tools: [tool({ … })] }')
  for (const [index, entry] of (tools as unknown[]).entries()) {
    const { execute, timeout = 1 } = Object(entry) as Partial<Record<string, unknown>>
    if (typeof execute !== 'function')
      throw new TypeError(
        `tools: tools[${index}] has no function execute. ` +
          'To get calls without running them, use model.generate()',
      )
    if (typeof timeout !== 'number' || !(timeout > 0))
      throw new TypeError(`tools: expected tools[${index}].timeout to be milliseconds, above 0`)
  }
}
