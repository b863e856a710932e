import type { GenerateRequest, Message, Sampling, ToolCall, Usage } from '@nano/core'

/** What a chat is asked for, with everything that is the model's own settled. */
interface ChatAsk {
  readonly model: string
  readonly request: GenerateRequest
  /** With the switch written in, where that is a line of the system message. */
  readonly messages: readonly Message[]
  readonly sampling: Sampling
  /** Variables of the model's chat template. */
  readonly templateArguments?: Readonly<Record<string, boolean>>
  readonly thinking?: boolean
  /** Tokens of prompt and reply together; for servers that are told with each request. */
  readonly contextLength?: number | undefined
  /** Stop strings the server may match: they would cut a thought too. */
  readonly stop: readonly string[]
}

/** A piece of a call; `index` says of which one. */
export interface CallDelta {
  readonly index?: number
  readonly id?: string
  readonly name?: string
  /** JSON, in pieces to be joined. */
  readonly text?: string
  /** Or whole, where the server parsed it. */
  readonly input?: ToolCall['input']
}

/** What one value of a streamed chat says. */
export interface ChatStep {
  readonly reasoning?: string | undefined
  readonly text?: string | undefined
  readonly calls?: readonly CallDelta[] | undefined
  /** Why it ended, in the server's own word. */
  readonly reason?: string | undefined
  readonly usage?: Usage | undefined
  /** Nothing follows. */
  readonly over?: boolean
}

/** How a server's chat is spoken: what it can be told, and how. */
export interface ChatDialect {
  readonly path: string
  readonly sampling: readonly (keyof Sampling)[]
  /** It passes variables on to the model's chat template. */
  readonly templateArguments: boolean
  /** It has a switch of its own, which works for whatever model it knows to think. */
  readonly ownSwitch: boolean
  readonly continuation: boolean
  readonly tools: 'never' | 'offered' | 'forced'
  readonly schema: boolean
  /** How it is asked for the size of a prompt; absent where it cannot say that exactly. */
  readonly count?: {
    readonly path: string
    encode(ask: ChatAsk): object
    read(answer: unknown): number
  }
  encode(ask: ChatAsk): object
  /** Throws a `ZodError` for what is none of the agreed forms. */
  decode(value: unknown): ChatStep
}
