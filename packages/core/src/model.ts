import type { Capabilities } from './capabilities.ts'
import {
  checkCallOptions,
  checkDriver,
  checkText,
  checkTokens,
  wrapDriver,
} from './check-arguments.ts'
import { markListenerErrors, toCallerError } from './driver/caller-errors.ts'
import { capabilitiesOf, withCapabilityCheck } from './driver/check-capabilities.ts'
import { rejectOnAbort } from './driver/abort.ts'
import type { Call, Driver, Middleware, ModelInfo, Rendered } from './driver/driver.ts'
import { NanoError } from './error.ts'
import type { GenerateInput, ToolInput } from './generate-input.ts'
import type { Part } from './part.ts'
import { parseRequest } from './request.ts'
import { collect, type GenerateResult, type InferCall, stopwatch } from './result.ts'
import type { InferOutput, JsonSchema, StandardSchema } from './standard-schema.ts'
import {
  parseResult,
  partChecker,
  parseTypedRequest,
  type RequestSchemas,
  type TypedRequest,
} from './typed-request.ts'

/** What may accompany a call: an `AbortSignal`, and a listener for the reading of the prompt. */
export type CallOptions = Partial<Pick<Call, 'signal' | 'onPrefill'>>

/**
 * What apps hold. It checks requests, and keeps one lifetime, one clock and one way to collect a
 * stream for every driver. Whatever all drivers would otherwise repeat belongs here.
 */
export class Model implements AsyncDisposable {
  readonly #driver: Driver
  /** What the model can honor; what it cannot is refused with `unsupported`. */
  readonly capabilities: Capabilities
  /** Shared by all models that `with` makes: they close together. */
  #lifetime: Lifetime

  constructor(driver: Driver, ...middleware: readonly Middleware[]) {
    checkDriver(driver)
    this.#driver = middleware.reduceRight(wrapDriver, withCapabilityCheck(driver))
    this.capabilities = capabilitiesOf(this.#driver)
    this.#lifetime = {
      closeController: new AbortController(),
      close: () => this.#call(() => this.#driver.close()),
    }
  }

  get name(): string {
    return this.#driver.name
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
    model.#lifetime = this.#lifetime
    return model
  }

  /**
   * Yields parts as the model makes them; leaving the loop stops the work. Calls and a whole answer
   * are checked by their schemas. Throws `NanoError`, or `signal.reason` on abort.
   */
  stream<Schema extends JsonSchema | StandardSchema, const Tools extends readonly ToolInput[]>(
    input: GenerateInput<Schema, Tools>,
    options?: CallOptions,
  ): AsyncGenerator<Part, void, void> {
    return this.#stream(() => this.#parse(input), options)
  }

  /**
   * The whole reply at once. With a `schema`, the result has the answer as `object`; where `schema`
   * or the `parameters` of a tool are a library's schema, such as zod's, `object` and the inputs of
   * calls are parsed and typed by it. Throws what `stream` throws.
   */
  async generate<
    Schema extends JsonSchema | StandardSchema,
    const Tools extends readonly ToolInput[],
  >(
    input: GenerateInput<Schema, Tools>,
    options?: CallOptions,
  ): Promise<GenerateResult<InferOutput<Schema>, InferCall<Tools>>> {
    const pendingRequest = this.#parse(input)
    const result = await collect(this.#stream(() => pendingRequest, options))
    const typed = await pendingRequest
    // The schemas of `input`, from which the types are inferred, parse it.
    const { reader } = typed
    const parsed: unknown = reader ? await this.#call(() => parseResult(typed, result)) : result
    return parsed as GenerateResult<InferOutput<Schema>, InferCall<Tools>>
  }

  /** Token ids of `text` as plain text: what looks like a control token stays text. */
  async tokenize(text: string): Promise<readonly number[]> {
    this.#assertOpen()
    checkText(text)
    return this.#ask('tokenize', text)
  }

  /** The text of `tokens`. Throws `invalid-request` for an id that the vocabulary does not have. */
  async detokenize(tokens: readonly number[]): Promise<string> {
    this.#assertOpen()
    checkTokens(tokens)
    return this.#ask('detokenize', tokens)
  }

  /**
   * Tokens of the whole prompt, format and tools included: what `usage.input` reports when the
   * request is sent.
   */
  async countTokens<
    Schema extends JsonSchema | StandardSchema,
    const Tools extends readonly ToolInput[],
  >(input: GenerateInput<Schema, Tools>): Promise<number> {
    return this.#ask('countTokens', (await this.#parse(input)).request)
  }

  /** The prompt as the model would read it. */
  async render<
    Schema extends JsonSchema | StandardSchema,
    const Tools extends readonly ToolInput[],
  >(input: GenerateInput<Schema, Tools>): Promise<Rendered> {
    return this.#ask('render', (await this.#parse(input)).request)
  }

  /**
   * Ends open streams with `closed`, then gives memory and connections back. Closing again is
   * harmless.
   */
  close(): Promise<void> {
    const { closeController, close } = this.#lifetime
    closeController.abort(new NanoError('closed', `${this.name} is closed`))
    return (this.#lifetime.closePromise ??= close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *#stream(
    parse: () => Promise<TypedRequest>,
    options: CallOptions | undefined,
  ): AsyncGenerator<Part, void, void> {
    const addTimings = stopwatch()
    const typed = await parse()
    // The reading of a large schema takes some turns.
    this.#assertOpen()
    const checkPart = typed.reader && partChecker(typed, this.name)
    const callOptions: Partial<Call> = options === undefined ? {} : checkCallOptions(options)
    const { signal: callerSignal, onPrefill, onProgress } = callOptions
    callerSignal?.throwIfAborted()

    // Closing ends open streams the way an abort does. Each call has a signal of its own, so that
    // its listeners go with it.
    const sources = [this.#lifetime.closeController.signal, ...(callerSignal ? [callerSignal] : [])]
    const endController = new AbortController()
    const { signal } = endController
    let parts: AsyncIterator<Part> | undefined
    let wasAborted = false
    const onAbort = ({ target }: Event) => {
      wasAborted = true
      endController.abort((target as AbortSignal).reason)
      // A reader who stopped reading without leaving the loop holds a slot until this.
      void parts?.return?.().catch(() => {})
    }
    for (const source of sources) source.addEventListener('abort', onAbort, { once: true })

    try {
      const call = {
        signal,
        ...(onPrefill && { onPrefill: markListenerErrors(onPrefill) }),
        ...(onProgress && { onProgress }),
        ...(typed.reader && { reader: typed.reader }),
      }
      parts = this.#driver.stream(typed.request, call)[Symbol.asyncIterator]()
      for (;;) {
        const { value: part, done } = await parts.next()
        // Cheaper than `signal.aborted`, which would be read for every part.
        if (wasAborted) throw signal.reason
        if (done)
          throw new NanoError('bad-output', `${this.name} ended a stream without a finish part`)
        const check = checkPart?.(part)
        if (check) await check
        yield addTimings(part)
        if (part.type === 'finish') return
        if (wasAborted) throw signal.reason
      }
    } catch (error) {
      throw toCallerError(error, this.name, signal)
    } finally {
      try {
        await parts?.return?.()
      } finally {
        for (const source of sources) source.removeEventListener('abort', onAbort)
      }
    }
  }

  /** Calls an optional method of the driver; closing ends the wait for its result. */
  async #ask<Name extends OptionalMethod>(
    name: Name,
    argument: Parameters<Required<Driver>[Name]>[0],
  ): Promise<Awaited<ReturnType<Required<Driver>[Name]>>> {
    const claim: keyof Capabilities = name === 'detokenize' ? 'tokenize' : name
    const method = this.#driver[name] as ((argument: unknown) => Promise<never>) | undefined
    if (!method || !this.capabilities[claim])
      throw new NanoError('unsupported', `${this.name} does not support ${name}`)
    const { signal } = this.#lifetime.closeController
    return this.#call(() => rejectOnAbort(method.call(this.#driver, argument), signal))
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw toCallerError(error, this.name)
    }
  }

  #assertOpen(): void {
    this.#lifetime.closeController.signal.throwIfAborted()
  }

  async #parse(input: unknown): Promise<TypedRequest> {
    this.#assertOpen()
    if (bringsSchemas(input)) return parseTypedRequest(input, this.name)
    return { request: await parseRequest(input) }
  }
}

function bringsSchemas(input: unknown): input is RequestSchemas {
  return typeof input === 'object' && input !== null && ('schema' in input || 'tools' in input)
}

type OptionalMethod = 'tokenize' | 'detokenize' | 'countTokens' | 'render'

interface Lifetime {
  /** Aborted, with a `closed` error as its reason, once the model is closed. */
  readonly closeController: AbortController
  readonly close: () => Promise<void>
  closePromise?: Promise<void>
}
