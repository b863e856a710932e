import { NanoError } from '@nano/core'
import { parseInput } from '@nano/core/driver'
import * as z from 'zod/mini'

const text = z.union([
  z.string(),
  z.array(z.strictObject({ type: z.literal('text'), text: z.string() })),
])
/** A chat template has no place for it, so dropping it could change the reply. */
const name = z.optional(
  z.null('expected no name: nano has none in messages. Write it into the content, or leave it out'),
)
/** A field of replies that may be sent back, without a value. */
const neutral = z.optional(z.null())

const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content: text, name }),
  z.strictObject({ role: z.literal('user'), content: text, name }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.optional(z.nullable(text)),
    name,
    reasoning_content: z.optional(z.nullable(z.string())),
    reasoning: z.optional(z.nullable(z.string())),
    refusal: neutral,
    audio: neutral,
    function_call: neutral,
    annotations: z.optional(z.nullable(z.array(z.unknown()).check(z.maxLength(0)))),
    tool_calls: z.optional(
      z.nullable(
        z.array(
          z.strictObject({
            id: z.string(),
            type: z.literal('function'),
            function: z.strictObject({ name: z.string(), arguments: z.string() }),
          }),
        ),
      ),
    ),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: z.string(), content: text }),
])

/** Reads messages as OpenAI's interface has them. Throws `invalid-request` with the place. */
export function readMessages(messages: readonly unknown[]): readonly object[] {
  return messages.map((message, index) => {
    const parsed = parseInput(`messages[${index}] is invalid`, messageSchema, message)
    switch (parsed.role) {
      case 'system':
      case 'developer':
        return { role: 'system', content: parsed.content }
      case 'user':
        return { role: 'user', content: parsed.content }
      case 'tool':
        return { role: 'tool', toolCallId: parsed.tool_call_id, output: joinText(parsed.content) }
      case 'assistant': {
        const reasoning = parsed.reasoning_content ?? parsed.reasoning
        return {
          role: 'assistant',
          content: parsed.content ?? '',
          ...(reasoning && { reasoning }),
          ...(parsed.tool_calls?.length && {
            toolCalls: parsed.tool_calls.map(({ id, function: call }) => ({
              id,
              name: call.name,
              input: readArguments(call.arguments, index),
            })),
          }),
        }
      }
    }
  })
}

function joinText(content: z.output<typeof text>): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('')
}

function readArguments(text: string, index: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NanoError(
      'invalid-request',
      `messages[${index}]: the arguments of a tool call are no JSON`,
      { cause },
    )
  }
}
