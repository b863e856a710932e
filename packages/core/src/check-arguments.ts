import { describeValue } from './describe-value.ts'
import type { Call, Driver, Middleware } from './driver/driver.ts'

/** Throws a `TypeError` with advice unless `driver` is a driver. */
export function checkDriver(driver: unknown): asserts driver is Driver {
  if (
    typeof driver === 'object' &&
    driver !== null &&
    'stream' in driver &&
    'capabilities' in driver
  )
    return
  throw new TypeError(
    `expected a driver, got ${describeValue(driver)}. ` +
      "An adapter's open function returns a model; for a driver of your own, use " +
      'new Model(driver, ...middleware)',
  )
}

/** Puts `middleware` in front of `inner`. Throws a `TypeError` unless it is middleware. */
export function wrapDriver(inner: Driver, middleware: Middleware): Driver {
  if (typeof middleware !== 'function')
    throw new TypeError(
      `expected middleware, got ${describeValue(middleware)}. ` +
        'Did you mean new Model(driver, retry(), limit(4))?',
    )
  const driver: unknown = middleware(inner)
  if (typeof driver === 'function')
    throw new TypeError(
      'expected middleware to return a driver, got a function. ' +
        `Did you mean ${middleware.name || 'it'}(), which returns middleware?`,
    )
  checkDriver(driver)
  return driver
}

/** The options of a call. Throws a `TypeError` with advice for anything else. */
export function checkCallOptions(options: Partial<Call>): Partial<Call> {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`expected options, got ${describeValue(options)}. Did you mean { signal }?`)
  if (options instanceof AbortSignal)
    throw new TypeError('expected options, got an AbortSignal. Did you mean { signal }?')
  // A model that stands as a driver, as in fallback(), gets the calls of the outer one.
  const optionNames = ['signal', 'onPrefill', 'onProgress', 'reader']
  const unknownName = Object.keys(options).find((name) => !optionNames.includes(name))
  if (unknownName !== undefined)
    throw new TypeError(
      `a call has no option ${JSON.stringify(unknownName)}, only signal and onPrefill. ` +
        `What shapes the reply belongs to the request: generate({ messages, ${unknownName} })`,
    )
  const { signal, onPrefill } = options
  if (signal !== undefined && typeof signal.throwIfAborted !== 'function')
    throw new TypeError(`expected signal to be an AbortSignal, got ${describeValue(signal)}`)
  if (onPrefill !== undefined && typeof onPrefill !== 'function')
    throw new TypeError(`expected onPrefill to be a function, got ${describeValue(onPrefill)}`)
  return options
}

/** Throws a `TypeError` unless `text` is a text. */
export function checkText(text: unknown): asserts text is string {
  if (typeof text !== 'string')
    throw new TypeError(`expected a text to tokenize, got ${describeValue(text)}`)
}

/** Throws a `TypeError` unless `tokens` is a list of token ids: whole numbers, 0 or more. */
export function checkTokens(tokens: unknown): asserts tokens is readonly number[] {
  if (!Array.isArray(tokens))
    throw new TypeError(`expected a list of token ids, got ${describeValue(tokens)}`)
  const wrongIndex = tokens.findIndex((token) => !Number.isInteger(token) || token < 0)
  if (wrongIndex >= 0)
    throw new TypeError(`expected token ids, got ${describeValue(tokens[wrongIndex])}`)
}
