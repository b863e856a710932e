import type { GenerateRequest, Part } from '../../../src/index.ts'
import type { Driver, DriverCapabilities } from '../../../src/driver/index.ts'
import { type Model, NanoError } from '../../../src/index.ts'
import { type Script, scripted } from '../../../src/testing/index.ts'

/**
 * A driver with something to say, long enough to be cut, stopped and left, that tells of the
 * reading of its prompt.
 */
export function talkativeDriver(capabilities: Partial<DriverCapabilities> = {}): Required<Driver> {
  const script: Script = {
    capabilities,
    thought: () => ['hm, ', 'twelve ', 'and ', 'seven'],
    reply: ({ schema }) =>
      schema
        ? ['{"answer": ', '"nineteen"}']
        : ['The ', 'answer ', 'is ', 'nineteen, ', 'I ', 'think.'],
    calls: ({ toolChoice }) =>
      toolChoice === 'required' || typeof toolChoice === 'object'
        ? [{ id: 'call_1', name: 'add', input: { a: 12, b: 7 } }]
        : [],
    contextLength: 2_000,
  }
  const driver = scripted(script)
  return {
    ...driver,
    async *stream(request, call) {
      call.onPrefill?.({ processed: 1, total: 1 })
      yield* driver.stream(request, call)
    },
  }
}

export interface Broken {
  readonly fault: string
  /** The beginning of the law that must catch it. */
  readonly law: string
  /** Breaks the driver, inside the model, where an adapter's own faults are. */
  readonly sabotage?: Sabotage
  /** Breaks what `Model` itself keeps for every driver. */
  readonly misuse?: (model: Model) => Model
  /** Claimed by the driver, whole and broken, so that the law applies. */
  readonly claims?: Partial<DriverCapabilities>
  /**
   * The scripted driver itself ignores what it claims here, so there is no whole one to compare
   * with.
   */
  readonly whole?: 'ignored'
}

export type Sabotage = (driver: Required<Driver>) => Driver

/** Every part through `change`, which may drop it, change it, or make several of it. */
export function parts(
  change: (part: Part, request: GenerateRequest, index: number) => readonly Part[],
): Sabotage {
  return (driver) => ({
    ...driver,
    async *stream(request, call) {
      let index = 0
      for await (const part of driver.stream(request, call)) yield* change(part, request, index++)
    },
  })
}

/** A driver changed by `sabotage`, which keeps the optional methods. */
export function asRequired(driver: Required<Driver>, sabotage: Sabotage): Required<Driver> {
  return { ...driver, ...sabotage(driver) }
}

export function requests(change: (request: GenerateRequest) => GenerateRequest): Sabotage {
  return (driver) => ({
    ...driver,
    stream: (request, call) => driver.stream(change(request), call),
  })
}

export const without = (name: keyof GenerateRequest) =>
  requests(({ [name]: _dropped, ...fields }) => fields as GenerateRequest)
export const finishWith = (change: Partial<Extract<Part, { type: 'finish' }>>) =>
  parts((part) => [part.type === 'finish' ? { ...part, ...change } : part])
export const withoutTools = ({
  tools: _dropped,
  toolChoice: _choice,
  ...fields
}: GenerateRequest) => fields
export const firstTurn = (request: GenerateRequest) => ({
  ...request,
  messages: request.messages.slice(0, 1),
})
/** One more control token in the prompt where a message of that role writes one. */
export const spoilPrompt =
  (role: string): Sabotage =>
  (driver) => ({
    ...driver,
    async render(request) {
      const { text, tokens } = await driver.render(request)
      const writesControl = request.messages.some(
        (message) => message.role === role && JSON.stringify(message).includes('<|end|>'),
      )
      return { text, tokens: writesControl ? [...tokens, 256] : tokens }
    },
  })
let count = 0

/** Another number at each call, so that two replies differ. */
export function nextNumber(): number {
  return count++
}

export const callPart: Part = { type: 'tool-call', id: 'same', name: 'add', input: { a: 12, b: 7 } }

/** So many slots, of which only calls that are read to their end give theirs back. */
export function leakSlots(slots: number): Sabotage {
  return (driver) => {
    let free = slots
    return {
      ...driver,
      async *stream(request, call) {
        if (free === 0) throw new NanoError('unavailable', 'no slot')
        free--
        yield* driver.stream(request, call)
        free++ // not in a finally
      },
    }
  }
}

export function neverClosed(model: Model): Model {
  return replaceMembers(model, { close: async () => {}, [Symbol.asyncDispose]: async () => {} })
}

/** A model of which some members are others; a proxy, because its state is private. */
export function replaceMembers(
  model: Model,
  members: Partial<
    Pick<Model, 'stream' | 'generate' | 'detokenize' | 'close' | typeof Symbol.asyncDispose>
  >,
): Model {
  return new Proxy(model, {
    get(target, key) {
      const value: unknown = Reflect.get(key in members ? members : target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

export function fail(what: string): never {
  throw new NanoError('internal', `broken at ${what}`)
}
