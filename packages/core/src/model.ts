import type { Capabilities } from './capabilities.ts'
import { stopwatch } from './driver/stopwatch.ts'
import type { Call, Driver, Middleware, ModelInfo, Rendered } from './driver/driver.ts'
import { NanoError } from './error.ts'
import { markListenerErrors, toCallerError } from './driver/caller-errors.ts'
import type { Part } from './part.ts'
import { type JoinedSignal, joinSignals } from './platform/join-signals.ts'
import { refuseUnclaimed } from './driver/check-capabilities.ts'
import { type GenerateInput, type GenerateRequest, parseRequest } from './request.ts'
import { collect, type GenerateResult } from './result.ts'
import { describeValue } from './describe-value.ts'
import { rejectOnAbort } from './driver/abort.ts'

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
    checkDriver(driver)
    this.#driver = middleware.reduceRight(wrapped, refuseUnclaimed(driver))
    this.#life = {
      closing: new AbortController(),
      close: () => this.#call(() => this.#driver.close()),
    }
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

  /**
   * The same model behind more middleware; the first listed sees the request first. Closing either
   * closes both.
   */
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
    const timed = stopwatch()
    const request = this.#accept(input)
    const call = checkCall(options)
    call.signal?.throwIfAborted()

    const { parts, signal, release } = this.#begin(request, call)
    // A reader who stopped reading without leaving holds a slot; an abort gives it back all the
    // same.
    let { aborted } = signal
    const leave = () => {
      aborted = true
      void parts.return?.().catch(() => {})
    }
    signal.addEventListener('abort', leave, { once: true })

    try {
      for (;;) {
        const { value: part, done } = await parts.next()
        if (aborted) throw signal.reason
        if (done)
          throw new NanoError('bad-output', `${this.name} ended a stream without a finish part`)
        yield timed(part)
        if (part.type === 'finish') return
        if (aborted) throw signal.reason
      }
    } catch (error) {
      throw toCallerError(error, this.name, signal)
    } finally {
      signal.removeEventListener('abort', leave)
      try {
        await parts.return?.()
      } finally {
        release()
      }
    }
  }

  /** The whole reply at once: `stream`, folded. */
  generate(input: GenerateInput, options?: CallOptions): Promise<GenerateResult> {
    return collect(this.stream(input, options))
  }

  /** Token ids of `text` as plain text: what looks like a control token stays text. */
  async tokenize(text: string): Promise<readonly number[]> {
    this.#assertOpen()
    if (typeof text !== 'string')
      throw new TypeError(`expected a text to tokenize, got ${typeof text}`)
    return this.#ask(() => this.#driver.tokenize(text))
  }

  /** Throws `invalid-request` for an id that the vocabulary does not have. */
  async detokenize(tokens: readonly number[]): Promise<string> {
    this.#assertOpen()
    if (!Array.isArray(tokens))
      throw new TypeError(`expected a list of token ids, got ${describeValue(tokens)}`)
    const wrong = tokens.findIndex((token) => !Number.isInteger(token) || token < 0)
    if (wrong >= 0) throw new TypeError(`expected token ids, got ${describeValue(tokens[wrong])}`)
    return this.#ask(() => this.#driver.detokenize(tokens))
  }

  /**
   * Tokens of the whole prompt, format and tools included: what `usage.input` reports when the
   * request is sent.
   */
  async countTokens(input: GenerateInput): Promise<number> {
    const request = this.#accept(input)
    return this.#ask(() => this.#driver.countTokens(request))
  }

  /** The prompt as the model would read it. */
  async render(input: GenerateInput): Promise<Rendered> {
    const request = this.#accept(input)
    return this.#ask(() => this.#driver.render(request))
  }

  /**
   * Ends open streams with `closed`, then gives memory and connections back. Closing again is
   * harmless.
   */
  close(): Promise<void> {
    const { closing, close } = this.#life
    closing.abort(new NanoError('closed', `${this.name} is closed`))
    return (this.#life.closed ??= close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Closing ends the streams still open the same way an abort does. Each call has a signal of its
   * own to listen to.
   */
  #begin(request: GenerateRequest, { signal: asked, onPrefill }: CallOptions): Begun {
    const closing = this.#life.closing.signal
    const joined = joinSignals(...(asked ? [asked, closing] : [closing]))
    const call: Call = {
      signal: joined.signal,
      ...(onPrefill && { onPrefill: markListenerErrors(onPrefill) }),
    }
    try {
      return { ...joined, parts: this.#driver.stream(request, call)[Symbol.asyncIterator]() }
    } catch (error) {
      joined.release()
      throw toCallerError(error, this.name, call.signal)
    }
  }

  /** A question, which closing ends: a driver may wait for somebody who never answers. */
  #ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#call(() => rejectOnAbort(question(), this.#life.closing.signal))
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw toCallerError(error, this.name)
    }
  }

  #assertOpen(): void {
    this.#life.closing.signal.throwIfAborted()
  }

  #accept(input: GenerateInput): GenerateRequest {
    this.#assertOpen()
    return parseRequest(input)
  }
}

/** A stream that has begun, with the signal that ends it. */
interface Begun extends JoinedSignal {
  readonly parts: AsyncIterator<Part>
}

interface Life {
  /** Aborted, with a `closed` error as its reason, once the model is closed. */
  readonly closing: AbortController
  readonly close: () => Promise<void>
  closed?: Promise<void>
}

function checkDriver(driver: unknown): asserts driver is Driver {
  if (
    typeof driver === 'object' &&
    driver !== null &&
    'stream' in driver &&
    'capabilities' in driver
  )
    return
  throw new TypeError(
    `expected a driver, got ${describeValue(driver)}. An adapter's open function gives a model; for your own, new Model(driver, ...middleware)`,
  )
}

function wrapped(inner: Driver, wrap: Middleware): Driver {
  if (typeof wrap !== 'function')
    throw new TypeError(
      `expected middleware, got ${describeValue(wrap)}. Did you mean new Model(driver, retry(), limit(4))?`,
    )
  const driver: unknown = wrap(inner)
  if (typeof driver === 'function')
    throw new TypeError(
      `expected middleware to give a driver, got a function. Did you mean ${wrap.name || 'it'}(), which is called to make middleware?`,
    )
  checkDriver(driver)
  return driver
}

function checkCall(options: CallOptions): CallOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`expected options, got ${describeValue(options)}. Did you mean { signal }?`)
  if (options instanceof AbortSignal)
    throw new TypeError('expected options, got an AbortSignal. Did you mean { signal }?')
  const strange = Object.keys(options).find((name) => name !== 'signal' && name !== 'onPrefill')
  if (strange !== undefined)
    throw new TypeError(
      `there is no option ${JSON.stringify(strange)} of a call, only signal and onPrefill. What shapes the reply belongs to the request: generate({ messages, ${strange} })`,
    )
  if (options.signal !== undefined && typeof options.signal.throwIfAborted !== 'function')
    throw new TypeError('expected signal to be an AbortSignal')
  if (options.onPrefill !== undefined && typeof options.onPrefill !== 'function')
    throw new TypeError(
      `expected onPrefill to be a function, got ${describeValue(options.onPrefill)}`,
    )
  return options
}
