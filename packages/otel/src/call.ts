import type { GenerateRequest, ModelInfo, Part } from '@nano/core'

export type FinishPart = Extract<Part, { readonly type: 'finish' }>

/** A call of a model, as far as it went. */
export interface TracedCall {
  readonly request: GenerateRequest
  readonly info: ModelInfo
  /** The name of what is traced, such as `retry(llama-cpp)`. */
  readonly driver: string
  /** The parts of the reply; kept only where content is asked for. */
  readonly parts: Part[]
  /** The clock, in milliseconds. */
  readonly startedAt: number
}

/** How a call ended: with a finish, with an error, or because its reader left. */
export interface CallEnd {
  readonly finish?: FinishPart
  readonly error?: unknown
}

/** The names that the drivers of nano's adapters begin with. */
const adapters = /(?:^|[( ])(llama-cpp|onnx|http)(?=$|[(),])/

/**
 * The adapter of a driver: `http` of `retry(http(qwen))`. Of a fallback it is the first, and of a
 * driver that is not nano's the name within its middleware.
 */
export function nameProvider(driver: string): string {
  return adapters.exec(driver)?.[1] ?? /([^()]+)\)*$/.exec(driver)?.[1] ?? driver
}

/** A text to complete has no conversation. */
export function nameOperation({ prompt }: GenerateRequest): 'chat' | 'text_completion' {
  return prompt === undefined ? 'chat' : 'text_completion'
}

/** The reason in the words of the conventions, such as `tool_call`. */
export function nameFinishReason(reason: FinishPart['finishReason']): string {
  return reason.replaceAll('-', '_').replace('calls', 'call')
}

/** The code of an error of nano, else the name of its class. */
export function nameError(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER'
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : error.name
}

/** Telemetry has seconds where nano has milliseconds. */
export function toSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1_000
}
