import type { DriverCapabilities } from '../capabilities.ts'
import type { Driver, Rendered } from '../driver/driver.ts'
import { NanoError } from '../error.ts'
import type { FinishReason, Part, TokenLogprob, ToolCall } from '../part.ts'
import type { Message } from '../message.ts'
import type { GenerateRequest } from '../request.ts'
import { stopStrings } from '../text/stop-strings.ts'

/** What the scripted driver claims, thinks and says. */
export interface Script {
  readonly capabilities?: Partial<DriverCapabilities>
  /** The answer; each string is yielded as one part, of as many tokens as it has bytes. */
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
const control = '<|end|>'

const claims: DriverCapabilities = {
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
 * Above temperature 0 it says the pieces of its answer in an order drawn from the seed.
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

      const left = Math.min(request.maxTokens ?? Infinity, contextLength - input)
      const spent = { output: 0, reasoning: 0 }
      const finish = (reason: FinishReason): Part => ({
        type: 'finish',
        finishReason: reason,
        usage: { input, ...spent },
        timings: {},
      })
      const stopper = stopStrings(request.stop ?? [])

      for (const [type, texts] of [
        ['reasoning', request.reasoning === 'on' ? thought(request) : []],
        ['text', drawn([...reply(request)], request)],
      ] as const) {
        for (const text of texts) {
          await Promise.resolve()
          signal.throwIfAborted()
          const budget =
            type === 'reasoning'
              ? (request.reasoningBudget ?? Infinity) - spent.reasoning
              : Infinity
          const thinkable = within(text, budget)
          const affordable = within(thinkable, left - spent.output)
          const shown =
            type === 'text' ? stopper.push(affordable) : { text: affordable, stopped: false }
          spent.output += bytes(affordable).length
          if (type === 'reasoning') spent.reasoning += bytes(affordable).length
          if (shown.text) yield { type, text: shown.text, ...logprobs(shown.text, request) }
          if (shown.stopped) return yield finish('stop')
          if (affordable !== thinkable) {
            const rest = stopper.end()
            if (rest) yield { type: 'text', text: rest }
            return yield finish('length')
          }
          if (thinkable !== text) break
        }
      }
      const rest = stopper.end()
      if (rest) yield { type: 'text', text: rest, ...logprobs(rest, request) }
      if (spent.output >= left) return yield finish('length')
      spent.output++
      const called = calls(request)
      for (const call of called) yield { type: 'tool-call', ...call }
      yield finish(called.length > 0 ? 'tool-calls' : 'stop')
    },

    tokenize: async (text) => bytes(text),
    async detokenize(tokens) {
      const unknown = tokens.find((token) => token > endOfMessage)
      if (unknown !== undefined)
        throw new NanoError(
          'invalid-request',
          `scripted: there is no token ${unknown}; the last one is ${endOfMessage}`,
        )
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
        Uint8Array.from(
          tokens.flatMap((token) => (token === endOfMessage ? bytes(control) : [token])),
        ),
      )
    },
    countTokens: async (request) => render(request).tokens.length,
    render: async (request) => render(request),
    close: async () => {},
  }
}

function render({ messages, tools = [], toolChoice }: GenerateRequest): Rendered {
  const offered = toolChoice === 'none' || tools.length === 0 ? '' : JSON.stringify(tools)
  const ends = messages.map((message) =>
    message.role === 'assistant' && message.continue ? [] : [endOfMessage],
  )
  return {
    text:
      offered +
      messages
        .map((message, index) => said(message) + (ends[index]?.length ? control : ''))
        .join(''),
    tokens: [
      ...bytes(offered),
      ...messages.flatMap((message, index) => [...bytes(said(message)), ...(ends[index] ?? [])]),
    ],
  }
}

function said(message: Message): string {
  return message.role === 'tool' ? JSON.stringify(message.output) : message.content
}

/**
 * Shuffled by Fisher and Yates, with a linear congruential generator: chance that repeats with its
 * seed.
 */
function drawn(
  texts: readonly string[],
  {
    sampling: { temperature = 0, seed = Math.trunc(Math.random() * 2 ** 32) } = {},
  }: GenerateRequest,
): readonly string[] {
  if (temperature === 0) return texts
  const shuffled = [...texts]
  // Small seeds differ in their lowest bits only, and the generator draws from the highest.
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) >>> 0
  for (let last = shuffled.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = Math.floor((state / 2 ** 32) * (last + 1))
    const [a = '', b = ''] = [shuffled[last], shuffled[other]]
    shuffled[last] = b
    shuffled[other] = a
  }
  return shuffled
}

function logprobs(
  text: string,
  { logprobs: count }: GenerateRequest,
): { readonly logprobs?: readonly TokenLogprob[] } {
  if (count === undefined) return {}
  const alternative = (token: number, rank: number) => ({
    token: (token + rank) % 256,
    text: '?',
    logprob: -0.1 - rank,
  })
  return {
    logprobs: bytes(text).map((token) => ({
      ...alternative(token, 0),
      top: Array.from({ length: count }, (_, rank) => alternative(token, rank)),
    })),
  }
}

function bytes(text: string): number[] {
  return [...new TextEncoder().encode(text)]
}

/** As much of `text` as `tokens` bytes hold, in whole characters. */
function within(text: string, tokens: number): string {
  let kept = ''
  for (const character of text) {
    if (bytes(kept + character).length > tokens) return kept
    kept += character
  }
  return kept
}
