import type { ChatFormat, Conversation } from '@nano/chat'
import type { ReasoningSwitch } from '@nano/chat/engine'
import {
  type Capabilities,
  type GenerateRequest,
  type Message,
  type ModelInfo,
  NanoError,
} from '@nano/core'
import { type Driver, stopAt } from '@nano/core/driver'
import * as z from 'zod'
import type { ChatDialect } from './chat-dialect.ts'
import { controlsOf } from './control-tokens.ts'
import { reply } from './read-reply.ts'
import type { Tokens } from '../tokens/remote-tokens.ts'
import type { Wire } from '../transport/wire.ts'

export interface ChatOptions {
  readonly wire: Wire
  /** What requests call it. */
  readonly model: string
  readonly info: ModelInfo
  readonly dialect: ChatDialect
  /** Absent where nothing is known of the model: it is not asked to think then. */
  readonly format?: ChatFormat | undefined
  readonly tokens?: Tokens | undefined
  /** The server's own switch for thoughts works for this model. */
  readonly ownSwitch: boolean
  /** Lets texts hold what the server would read as control tokens. */
  readonly allowControlTokens: boolean
}

/** A server's chat as a driver: the server renders the prompt. */
export function chatDriver({
  wire,
  model,
  info,
  dialect,
  format,
  tokens,
  ownSwitch,
  allowControlTokens,
}: ChatOptions): Driver {
  const { who } = wire
  const control = switchOf(dialect, format, ownSwitch)
  const reasoning = reasoningOf(control, format)
  const controls = controlsOf(format)
  const able = <T>(work: (tokens: Tokens) => T): T => {
    if (!tokens)
      throw new NanoError(
        'unsupported',
        `${who} has no exact tokens: give its tokenizer.json with the option tokenizer`,
      )
    return work(tokens)
  }

  /**
   * The request with everything that is the model's own settled; refused here is what the server
   * would get wrong.
   */
  function settled(
    request: GenerateRequest,
  ): Parameters<ChatDialect['encode']>[0] & { readonly asked: Conversation } {
    const asked: Conversation = {
      messages: request.messages,
      reasoning: mode(request, reasoning, format),
      tools: request.toolChoice === 'none' ? [] : (request.tools ?? []),
    }
    if (!allowControlTokens) assertNoControls(who, request.messages, controls)
    if (request.schema && asked.reasoning === 'on')
      throw new NanoError(
        'unsupported',
        `${who}: a server's chat holds the thought to the schema as well; ask with reasoning off, or open the model in the mode completions`,
      )
    const thinks = asked.reasoning === 'on'
    return {
      asked,
      model,
      request: { ...request, tools: asked.tools },
      messages: withLine(
        request.messages,
        control?.by === 'system-line' ? control[asked.reasoning] : undefined,
      ),
      sampling: sampling(dialect, format, { request, asked }),
      stop: thinks ? [] : (request.stop ?? []),
      contextLength: info.contextLength,
      ...(control?.by === 'template-argument' && { templateArguments: { [control.name]: thinks } }),
      ...(control?.by === 'server' && { thinking: thinks }),
    }
  }

  function agreed<T>(read: (value: unknown) => T, value: unknown): T {
    try {
      return read(value)
    } catch (cause) {
      throw new NanoError(
        'bad-output',
        `${who}: ${wire.host} sent what is not in the agreed form:\n${cause instanceof z.ZodError ? z.prettifyError(cause) : ''}`,
      )
    }
  }

  return {
    name: who,
    capabilities: capabilities(dialect, reasoning, tokens !== undefined),
    info: { ...info, ...(format && { format: format.name }) },

    stream(request, { signal }) {
      const { asked, ...ask } = settled(request)
      const parts = reply({
        who,
        format,
        request,
        asked,
        source: wire.stream(dialect.path, dialect.encode(ask), signal),
        decode: (value) => agreed(dialect.decode, value),
      })
      return stopAt(parts, request.stop ?? [], () => ({
        type: 'finish',
        finishReason: 'stop',
        usage: {},
        timings: {},
      }))
    },

    tokenize: (text) => able(({ tokenize }) => tokenize([{ text }])),
    async detokenize(ids) {
      return able(({ detokenize, vocabularySize }) => {
        const unknown = ids.find((id) => id >= vocabularySize)
        if (unknown !== undefined)
          throw new NanoError(
            'invalid-request',
            `${who}: there is no token ${unknown}; the vocabulary has ${vocabularySize}`,
          )
        return detokenize(ids)
      })
    },
    async countTokens(request) {
      if (!dialect.count)
        throw new NanoError('unsupported', `${who} does not render the prompt itself`)
      const { asked: _, ...ask } = settled(request)
      return agreed(
        dialect.count.read,
        await wire.post(
          dialect.count.path,
          dialect.count.encode(ask),
          new AbortController().signal,
        ),
      )
    },
    render: async () => {
      throw new NanoError('unsupported', `${who} does not render the prompt itself`)
    },
    async close() {},
  }
}

/**
 * The model's switch, where the server can carry it. A line of the system message goes everywhere,
 * and a template that reads one has no other.
 */
function switchOf(
  dialect: ChatDialect,
  format: ChatFormat | undefined,
  ownSwitch: boolean,
): ReasoningSwitch | { readonly by: 'server' } | undefined {
  const known = format?.reasoning?.switch
  if (known?.by === 'system-line') return known
  if (ownSwitch && format?.reasoning?.canTurnOff !== false) return { by: 'server' }
  return dialect.templateArguments ? known : undefined
}

/**
 * What model and server can do together. A switch that cannot be carried leaves the model as it is.
 */
function reasoningOf(
  control: object | undefined,
  format: ChatFormat | undefined,
): Capabilities['reasoning'] {
  if (control) return 'optional'
  if (!format?.reasoning) return 'never'
  return !format.reasoning.canTurnOff || format.reasoning.default === 'on' ? 'always' : 'never'
}

function mode(
  { reasoning: asked }: GenerateRequest,
  can: Capabilities['reasoning'],
  format: ChatFormat | undefined,
): 'on' | 'off' {
  if (can !== 'optional') return can === 'always' ? 'on' : 'off'
  // A server thinks by itself where it has a switch and was not told.
  return asked ?? format?.reasoning?.default ?? 'on'
}

function capabilities(
  dialect: ChatDialect,
  reasoning: Capabilities['reasoning'],
  tokenize: boolean,
): Capabilities {
  return {
    reasoning,
    reasoningBudget: false,
    sampling: dialect.sampling,
    logprobs: false,
    tools: dialect.tools,
    // Where it thinks by itself, the thought would have to be JSON.
    schema: dialect.schema && reasoning !== 'always',
    loras: [],
    continuation: dialect.continuation,
    tokenize,
    countTokens: dialect.count !== undefined,
    render: false,
    controlTokensApart: false,
  }
}

/** What the request says, else the family's advice for the mode where the server honours it. */
function sampling(
  dialect: ChatDialect,
  format: ChatFormat | undefined,
  { request, asked }: { readonly request: GenerateRequest; readonly asked: Conversation },
): GenerateRequest['sampling'] & object {
  const advice = Object.entries(format?.advice[asked.reasoning] ?? {})
  return {
    ...Object.fromEntries(
      advice.filter(([name]) => dialect.sampling.some((setting) => setting === name)),
    ),
    ...request.sampling,
  }
}

/**
 * The switch first, and after it the caller's own system text, which a template would otherwise
 * take in its place.
 */
function withLine(messages: readonly Message[], line: string | undefined): readonly Message[] {
  const system = messages.flatMap((message) => (message.role === 'system' ? [message.content] : []))
  const lines = line === undefined ? system : [line, ...system]
  return [
    ...(lines.length > 0 ? [{ role: 'system' as const, content: lines.join('\n\n') }] : []),
    ...messages.filter(({ role }) => role !== 'system'),
  ]
}

function assertNoControls(who: string, messages: readonly Message[], controls: RegExp): void {
  for (const [index, message] of messages.entries()) {
    if (!controls.test(JSON.stringify(message))) continue
    throw new NanoError(
      'invalid-request',
      `${who}: message ${index} holds a control token of the model, which a server's chat would read as one. Take it out, open the model in the mode completions, or allow it with allowControlTokens`,
    )
  }
}
