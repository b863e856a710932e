import { NanoError } from './error.ts'
import type { Message } from './message.ts'
import type { FinishReason, Part, Timings, TokenLogprob, ToolCall, Usage } from './part.ts'
import type { ToolInput } from './generate-input.ts'
import type { InferOutput } from './standard-schema.ts'

/** A whole reply. */
export interface GenerateResult<Answer = unknown, Call = ToolCall> {
  /** The thought; '' when there was none. */
  readonly reasoning: string
  /** The answer. */
  readonly text: string
  /**
   * The answer as `schema` parses it. Absent without a schema, and where the reply was cut or
   * calls a tool instead of answering.
   */
  readonly object?: Answer
  /** The calls the model made, in its order, with the input as `parameters` parses it. */
  readonly toolCalls: readonly Call[]
  /** The assistant message to append to the history. */
  readonly message: Extract<Message, { role: 'assistant' }>
  /** Why the reply ended. */
  readonly finishReason: FinishReason
  /** The server's own word for the reason, where that is another one. */
  readonly rawFinishReason?: string
  /**
   * Which part of the reply a limit cut; absent where none did. `budget`: the `reasoningBudget`
   * ended the thought, and the answer followed. `reasoning` or `text`: the reply finished with
   * `length` inside the thought or inside the answer. A reply cut inside the thought has no answer:
   * raise `maxTokens`, or set a `reasoningBudget`.
   */
  readonly cut?: 'budget' | 'reasoning' | 'text'
  /** Set where `cache()` replayed the reply: `usage` is that of the first time. */
  readonly cached?: true
  /** Messages that did not fit the context, and that the model was not given; never 0. */
  readonly omittedMessages?: number
  /** Tokens that the reply took. */
  readonly usage: Usage
  /** Milliseconds that the reply took. */
  readonly timings: Timings
  /** Of each sampled token, in order. Absent unless the request asks for `logprobs`. */
  readonly logprobs?: readonly TokenLogprob[]
}

/** The calls of tools with their inputs typed; `ToolCall` for tools that are not known as types. */
export type InferCall<Tools extends readonly ToolInput[]> = ToolInput extends Tools[number]
  ? ToolCall
  : {
      [Index in keyof Tools]: {
        readonly id: string
        readonly name: Tools[Index]['name']
        readonly input: InferOutput<Tools[Index]['parameters']>
      }
    }[number]

/** Folds a stream into a result: `generate` is `stream`, collected. */
export async function collect(
  parts: Iterable<Part> | AsyncIterable<Part>,
): Promise<GenerateResult> {
  const texts: string[] = []
  const thoughts: string[] = []
  const toolCalls: ToolCall[] = []
  const logprobs: TokenLogprob[] = []

  for await (const part of parts) {
    if ('logprobs' in part && part.logprobs) logprobs.push(...part.logprobs)
    switch (part.type) {
      case 'text':
        texts.push(part.text)
        break
      case 'reasoning':
        thoughts.push(part.text)
        break
      case 'tool-call':
        toolCalls.push({ id: part.id, name: part.name, input: part.input })
        break
      case 'finish': {
        const { type: _type, cut = cutOf(part, texts, thoughts), ...finish } = part
        const [text, reasoning] = [texts.join(''), thoughts.join('')]
        return {
          reasoning,
          text,
          toolCalls,
          message: toMessage(text, reasoning, toolCalls),
          ...finish,
          ...(cut && { cut }),
          ...(logprobs.length > 0 && { logprobs }),
        }
      }
    }
  }
  throw new NanoError('bad-output', 'the stream ended without a finish part')
}

/** What `maxTokens` or the end of the context cut. */
function cutOf(
  { finishReason, usage }: Extract<Part, { type: 'finish' }>,
  texts: readonly string[],
  thoughts: readonly string[],
): 'reasoning' | 'text' | undefined {
  if (finishReason !== 'length') return undefined
  const hasThought = thoughts.length > 0 || Boolean(usage.reasoning)
  return texts.length === 0 && hasThought ? 'reasoning' : 'text'
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
    ...(toolCalls.length > 0 && {
      toolCalls: toolCalls as GenerateResult['message']['toolCalls'],
    }),
  }
}

/**
 * Starts a stopwatch. The function it returns adds the times to the finish among the parts that it
 * is called with: first part, first text, total.
 */
export function stopwatch(): (part: Part) => Part {
  const start = performance.now()
  const times: { -readonly [Time in keyof Timings]: Timings[Time] } = {}
  return (part) => {
    if (part.type === 'finish') {
      const total = performance.now() - start
      return { ...part, timings: { ...part.timings, ...times, total } }
    }
    times.firstPart ??= performance.now() - start
    if (part.type === 'text') times.firstText ??= performance.now() - start
    return part
  }
}
