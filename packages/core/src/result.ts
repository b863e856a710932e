import { NanoError } from './error.ts'
import type { FinishReason, Part, Timings, TokenLogprob, ToolCall, Usage } from './part.ts'
import type { Message } from './request.ts'

/** A whole reply. */
export interface GenerateResult {
  /** The thought, '' when there was none. */
  readonly reasoning: string
  /** The answer. */
  readonly text: string
  /** The calls the model made, in its order. */
  readonly toolCalls: readonly ToolCall[]
  /** The assistant message to append to the history. */
  readonly message: Extract<Message, { role: 'assistant' }>
  /** Why it ended. */
  readonly finishReason: FinishReason
  /**
   * What the limit cut, when `finish` is `length`: an empty answer after a cut thought wants more
   * `maxTokens` or a `reasoningBudget`.
   */
  readonly cut?: 'reasoning' | 'text'
  /** What it took, in tokens. */
  readonly usage: Usage
  /** What it took, in milliseconds. */
  readonly timings: Timings
  /** In the order sampled, when `logprobs` asked for them. */
  readonly logprobs?: readonly TokenLogprob[]
}

/** Folds a stream into a result: the whole difference between `stream` and `generate`. */
export async function collect(parts: AsyncIterable<Part>): Promise<GenerateResult> {
  const text: string[] = []
  const reasoning: string[] = []
  const toolCalls: ToolCall[] = []
  const logprobs: TokenLogprob[] = []

  for await (const part of parts) {
    if ('logprobs' in part && part.logprobs) logprobs.push(...part.logprobs)
    switch (part.type) {
      case 'text':
        text.push(part.text)
        break
      case 'reasoning':
        reasoning.push(part.text)
        break
      case 'tool-call':
        toolCalls.push({ id: part.id, name: part.name, input: part.input })
        break
      case 'finish': {
        const said = { reasoning: reasoning.join(''), text: text.join('') }
        return {
          ...said,
          toolCalls,
          message: toMessage(said.text, said.reasoning, toolCalls),
          finishReason: part.finishReason,
          ...(part.finishReason === 'length' &&
            ({
              cut:
                said.text === '' && (said.reasoning !== '' || part.usage.reasoning)
                  ? 'reasoning'
                  : 'text',
            } as const)),
          usage: part.usage,
          timings: part.timings,
          ...(logprobs.length > 0 && { logprobs }),
        }
      }
    }
  }
  throw new NanoError('bad-output', 'the stream ended without a finish part')
}

function toMessage(
  content: string,
  reasoning: string,
  toolCalls: readonly ToolCall[],
): GenerateResult['message'] {
  return {
    role: 'assistant',
    content,
    ...(reasoning && { reasoning }),
    // Parsed from JSON, so it is JSON.
    ...(toolCalls.length > 0 && { toolCalls: toolCalls as GenerateResult['message']['toolCalls'] }),
  }
}
