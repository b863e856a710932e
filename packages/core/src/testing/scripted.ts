import type { DriverCapabilities } from '../capabilities.ts'
import type { Driver, Rendered } from '../driver/driver.ts'
import { NanoError } from '../error.ts'
import type { FinishReason, Part, TokenLogprob, ToolCall } from '../part.ts'
import type { Message } from '../message.ts'
import { seededRandom } from '../platform/random.ts'
import type { GenerateRequest } from '../request.ts'
import { stopStrings } from '../text/stop-strings.ts'

/** What the scripted driver claims, thinks and says. */
export interface Script {
  readonly capabilities?: Partial<DriverCapabilities>
  /** The answer; each string becomes one part, of as many tokens as it has bytes. */
  readonly reply?: (request: GenerateRequest) => Iterable<string>
  /** The thought before it, when reasoning is on. */
  readonly thought?: (request: GenerateRequest) => Iterable<string>
  /** Tool calls after the answer. */
  readonly calls?: (request: GenerateRequest) => readonly ToolCall[]
  /** Prompt and reply together, in tokens. */
  readonly contextLength?: number
}

/**
 * A byte is a token; after them comes the one control token, which ends a message, and is sampled
 * at the end of a reply.
 */
const endOfMessage = 256
const endOfMessageText = '<|end|>'

const claims: DriverCapabilities = {
  chat: true,
  completion: true,
  reasoning: 'optional',
  reasoningBudget: true,
  sampling: ['temperature', 'seed'],
  logprobs: false,
  tools: 'never',
  schema: false,
  loras: [],
  continuation: true,
  controlTokensApart: true,
}

/**
 * The reference driver: no weights, no network, every rule of the contract.
 * Above temperature 0, the seed decides the order of the pieces of its answer.
 */
export function scripted({
  capabilities,
  reply = () => ['ok'],
  thought = () => ['hm'],
  calls = () => [],
  contextLength = 100_000,
}: Script = {}): Required<Driver> {
  return {
    name: 'scripted',
    capabilities: { ...claims, ...capabilities },
    info: { model: 'scripted', contextLength, device: 'none' },

    async *stream(request, { signal }) {
      const input = render(request).tokens.length
      if (input >= contextLength)
        throw new NanoError(
          'context-overflow',
          `the prompt has ${input} tokens, and the context holds ${contextLength}`,
        )

      const tokenLimit = Math.min(request.maxTokens ?? Infinity, contextLength - input)
      const counts = { output: 0, reasoning: 0 }
      let isThoughtCut = false
      const finish = (reason: FinishReason): Part => ({
        type: 'finish',
        finishReason: reason,
        ...(isThoughtCut && { cut: 'budget' }),
        usage: { input, ...counts },
        timings: {},
      })
      const stopper = stopStrings(request.stop ?? [])

      for (const [type, texts] of [
        ['reasoning', request.reasoning === 'on' ? thought(request) : []],
        ['text', shuffleBySeed([...reply(request)], request)],
      ] as const) {
        for (const text of texts) {
          await Promise.resolve()
          signal.throwIfAborted()
          const budget =
            type === 'reasoning'
              ? (request.reasoningBudget ?? Infinity) - counts.reasoning
              : Infinity
          const budgetedText = truncateToTokens(text, budget)
          const allowedText = truncateToTokens(budgetedText, tokenLimit - counts.output)
          const output =
            type === 'text' ? stopper.push(allowedText) : { text: allowedText, stopped: false }
          counts.output += encodeBytes(allowedText).length
          if (type === 'reasoning') counts.reasoning += encodeBytes(allowedText).length
          if (output.text) yield { type, text: output.text, ...logprobs(output.text, request) }
          if (output.stopped) return yield finish('stop')
          if (allowedText !== budgetedText) {
            const lastText = stopper.end()
            if (lastText) yield { type: 'text', text: lastText }
            return yield finish('length')
          }
          if (budgetedText !== text) {
            isThoughtCut = true
            break
          }
        }
      }
      const lastText = stopper.end()
      if (lastText) yield { type: 'text', text: lastText, ...logprobs(lastText, request) }
      if (counts.output >= tokenLimit) return yield finish('length')
      counts.output++
      const toolCalls = calls(request)
      for (const call of toolCalls) yield { type: 'tool-call', ...call }
      yield finish(toolCalls.length > 0 ? 'tool-calls' : 'stop')
    },

    tokenize: async (text) => encodeBytes(text),
    async detokenize(tokens) {
      const unknown = tokens.find((token) => token > endOfMessage)
      if (unknown !== undefined)
        throw new NanoError(
          'invalid-request',
          `scripted: there is no token ${unknown}; the last one is ${endOfMessage}`,
        )
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
        Uint8Array.from(
          tokens.flatMap((token) =>
            token === endOfMessage ? encodeBytes(endOfMessageText) : [token],
          ),
        ),
      )
    },
    countTokens: async (request) => render(request).tokens.length,
    render: async (request) => render(request),
    close: async () => {},
  }
}

function render({ messages, prompt, tools = [], toolChoice }: GenerateRequest): Rendered {
  if (prompt !== undefined) return { text: prompt, tokens: encodeBytes(prompt) }
  const toolsText = toolChoice === 'none' || tools.length === 0 ? '' : JSON.stringify(tools)
  const ends = messages.map((message) =>
    message.role === 'assistant' && message.continue ? [] : [endOfMessage],
  )
  return {
    text:
      toolsText +
      messages
        .map((message, index) => textOf(message) + (ends[index]?.length ? endOfMessageText : ''))
        .join(''),
    tokens: [
      ...encodeBytes(toolsText),
      ...messages.flatMap((message, index) => [
        ...encodeBytes(textOf(message)),
        ...(ends[index] ?? []),
      ]),
    ],
  }
}

function textOf(message: Message): string {
  return message.role === 'tool' ? JSON.stringify(message.output) : message.content
}

/** Shuffles by Fisher and Yates. The same seed gives the same order. */
function shuffleBySeed(
  texts: readonly string[],
  { sampling: { temperature = 0, seed } = {} }: GenerateRequest,
): readonly string[] {
  if (temperature === 0) return texts
  const shuffled = [...texts]
  const random = seededRandom(seed)
  for (let last = shuffled.length - 1; last > 0; last--) {
    const index = Math.floor(random() * (last + 1))
    const [a = '', b = ''] = [shuffled[last], shuffled[index]]
    shuffled[last] = b
    shuffled[index] = a
  }
  return shuffled
}

function logprobs(
  text: string,
  { logprobs: count }: GenerateRequest,
): { readonly logprobs?: readonly TokenLogprob[] } {
  if (count === undefined) return {}
  const createAlternative = (token: number, rank: number) => ({
    token: (token + rank) % 256,
    text: '?',
    logprob: -0.1 - rank,
  })
  return {
    logprobs: encodeBytes(text).map((token) => ({
      ...createAlternative(token, 0),
      top: Array.from({ length: count }, (_, rank) => createAlternative(token, rank)),
    })),
  }
}

function encodeBytes(text: string): number[] {
  return [...new TextEncoder().encode(text)]
}

/** The longest beginning of `text`, in whole characters, that has at most so many tokens. */
function truncateToTokens(text: string, tokens: number): string {
  let prefix = ''
  for (const character of text) {
    if (encodeBytes(prefix + character).length > tokens) return prefix
    prefix += character
  }
  return prefix
}
