import type { Capabilities } from './capabilities.ts'
import type { Call, Driver, Middleware, ModelInfo, Rendered } from './driver.ts'
import { NanoError } from './error.ts'
import type { Part } from './part.ts'
import { refuseUnclaimed } from './refuse.ts'
import { type GenerateInput, type GenerateRequest, parseRequest } from './request.ts'
import { collect, type GenerateResult } from './result.ts'

/** What may accompany a call: an `AbortSignal`, and a listener for the reading of the prompt. */
export type CallOptions = Partial<Call>

/**
 * What users hold: one set of checks, one lifetime, one clock and one fold over every driver.
 * Whatever all drivers would otherwise repeat belongs here.
 */
export class Model implements AsyncDisposable {
  readonly #driver: Driver
  /** Shared with every model made by `with`: they close together. */
  #life: Life

  constructor(driver: Driver, ...middleware: readonly Middleware[]) {
    this.#driver = middleware.reduceRight((inner, wrap) => wrap(inner), refuseUnclaimed(driver))
    this.#life = { closing: new AbortController(), close: () => this.#driver.close() }
  }

  get name(): string {
    return this.#driver.name
  }

  get capabilities(): Capabilities {
    return this.#driver.capabilities
  }

  get info(): ModelInfo {
    return this.#driver.info
  }

  /** The same model behind more middleware; the first listed sees the request first. Closing either closes both. */
  with(...middleware: readonly Middleware[]): Model {
    const model = new Model(this.#driver, ...middleware)
    model.#life = this.#life
    return model
  }

  /**
   * Yields parts as they are made; leaving the loop stops the work.
   * Throws `NanoError`, or `signal.reason` on abort.
   */
  async *stream(input: GenerateInput, options: CallOptions = {}): AsyncGenerator<Part, void, void> {
    const start = performance.now()
    const request = this.#accept(input)
    const { signal: asked, ...rest } = checkCall(options)
    asked?.throwIfAborted()

    // Closing ends the streams still open the same way an abort does. Each call has a signal of its own to listen to.
    const closing = this.#life.closing.signal
    const signal = AbortSignal.any(asked ? [asked, closing] : [closing])
    const parts = this.#driver.stream(request, { ...rest, signal })[Symbol.asyncIterator]()
    // A reader who stopped reading without leaving holds a slot; an abort gives it back all the same.
    const leave = () => void parts.return?.().catch(() => {})
    signal.addEventListener('abort', leave, { once: true })
    const seen: { firstPart?: number; firstText?: number } = {}

    try {
      for (;;) {
        const { value: part, done } = await parts.next()
        signal.throwIfAborted()
        if (done) throw new NanoError('bad-output', `${this.name} ended a stream without a finish part`)
        if (part.type === 'finish') {
          yield { ...part, timings: { ...part.timings, ...seen, total: performance.now() - start } }
          return
        }
        seen.firstPart ??= performance.now() - start
        if (part.type === 'text') seen.firstText ??= performance.now() - start
        yield part
        signal.throwIfAborted()
      }
    } finally {
      signal.removeEventListener('abort', leave)
      await parts.return?.()
    }
  }

  /** The whole reply at once: `stream`, folded. */
  generate(input: GenerateInput, options?: CallOptions): Promise<GenerateResult> {
    return collect(this.stream(input, options))
  }

  /** Token ids of `text` as plain text: what looks like a control token stays text. */
  async tokenize(text: string): Promise<readonly number[]> {
    this.#assertOpen()
    if (typeof text !== 'string') throw new TypeError(`expected a text to tokenize, got ${typeof text}`)
    return this.#driver.tokenize(text)
  }

  /** Throws `invalid-request` for an id that the vocabulary does not have. */
  async detokenize(tokens: readonly number[]): Promise<string> {
    this.#assertOpen()
    const wrong = Array.isArray(tokens) ? tokens.find((token) => !Number.isInteger(token) || token < 0) : tokens
    if (wrong !== undefined) throw new TypeError(`expected token ids, got ${String(wrong)}`)
    return this.#driver.detokenize(tokens)
  }

  /** Tokens of the whole prompt, format and tools included: what `usage.input` reports when the request is sent. */
  async countTokens(input: GenerateInput): Promise<number> {
    return this.#driver.countTokens(this.#accept(input))
  }

  /** The prompt as the model would read it. */
  async render(input: GenerateInput): Promise<Rendered> {
    return this.#driver.render(this.#accept(input))
  }

  /** Ends open streams with `closed`, then gives memory and connections back. Closing again is harmless. */
  close(): Promise<void> {
    const { closing, close } = this.#life
    closing.abort(new NanoError('closed', `${this.name} is closed`))
    return (this.#life.closed ??= close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #assertOpen(): void {
    this.#life.closing.signal.throwIfAborted()
  }

  #accept(input: GenerateInput): GenerateRequest {
    this.#assertOpen()
    return parseRequest(input)
  }
}

interface Life {
  /** Aborted, with a `closed` error as its reason, once the model is closed. */
  readonly closing: AbortController
  readonly close: () => Promise<void>
  closed?: Promise<void>
}

function checkCall(options: CallOptions): CallOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError(`expected options, got a ${typeof options}. Did you mean { signal }?`)
  if (options instanceof AbortSignal) throw new TypeError('expected options, got an AbortSignal. Did you mean { signal }?')
  if (options.signal !== undefined && typeof options.signal.throwIfAborted !== 'function') throw new TypeError('expected signal to be an AbortSignal')
  return options
}
