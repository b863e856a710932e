import type { GenerateInput, GenerateRequest, Part } from '../../src/index.ts'
import type { Call, Driver, DriverCapabilities } from '../../src/driver/index.ts'
import { type Model, NanoError } from '../../src/index.ts'
import { type Script, scripted } from '../../src/testing/index.ts'

/**
 * A driver with something to say, long enough to be cut, stopped and left, that tells of the
 * reading of its prompt.
 */
export function talkative(capabilities: Partial<DriverCapabilities> = {}): Required<Driver> {
  const script: Script = {
    capabilities,
    thought: () => ['hm, ', 'twelve ', 'and ', 'seven'],
    reply: ({ schema }) =>
      schema
        ? ['{"answer": ', '"nineteen"}']
        : ['The ', 'answer ', 'is ', 'nineteen, ', 'I ', 'think.'],
    calls: ({ toolChoice }) =>
      toolChoice === 'required' || typeof toolChoice === 'object'
        ? [{ id: 'call_1', name: 'add', input: {} }]
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

interface Broken {
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

type Sabotage = (driver: Required<Driver>) => Driver

/** Every part through `change`, which may drop it, change it, or make several of it. */
function parts(
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
function asRequired(driver: Required<Driver>, sabotage: Sabotage): Required<Driver> {
  return { ...driver, ...sabotage(driver) }
}

function requests(change: (request: GenerateRequest) => GenerateRequest): Sabotage {
  return (driver) => ({
    ...driver,
    stream: (request, call) => driver.stream(change(request), call),
  })
}

const without = (name: keyof GenerateRequest) =>
  requests(({ [name]: _dropped, ...rest }) => rest as GenerateRequest)
const finishWith = (change: Partial<Extract<Part, { type: 'finish' }>>) =>
  parts((part) => [part.type === 'finish' ? { ...part, ...change } : part])
const withoutTools = ({ tools: _dropped, toolChoice: _choice, ...rest }: GenerateRequest) => rest
const firstTurn = (request: GenerateRequest) => ({
  ...request,
  messages: request.messages.slice(0, 1),
})
/** One more control token in the prompt where a message of that role writes one. */
const spoiled =
  (role: string): Sabotage =>
  (driver) => ({
    ...driver,
    async render(request) {
      const { text, tokens } = await driver.render(request)
      const written = request.messages.some(
        (message) => message.role === role && JSON.stringify(message).includes('<|end|>'),
      )
      return { text, tokens: written ? [...tokens, 256] : tokens }
    },
  })
let calls = 0

const called: Part = { type: 'tool-call', id: 'same', name: 'add', input: {} }

export const broken: readonly Broken[] = [
  {
    fault: 'a reason to finish that the contract does not have',
    law: 'a finish has a reason',
    sabotage: finishWith({ finishReason: 'eos' as 'stop' }),
  },
  {
    fault: 'a raw reason that is empty',
    law: 'a finish has a reason',
    sabotage: finishWith({ rawFinishReason: '' }),
  },
  {
    fault: 'a usage that says nothing',
    law: 'the usage of a whole reply',
    sabotage: finishWith({ usage: {} }),
  },
  {
    fault: 'an ignored maxTokens, and a usage that says nothing',
    law: 'maxTokens bounds',
    sabotage: (driver) => without('maxTokens')(asRequired(driver, finishWith({ usage: {} }))),
  },
  {
    fault: 'a temperature that is refused although it is claimed',
    law: 'a temperature from 0 to 2',
    sabotage: requests((request) =>
      (request.sampling?.temperature ?? 0) > 1 ? fail('temperature') : request,
    ),
  },
  {
    fault: 'a method that is there and does not work',
    law: 'a method that is claimed',
    sabotage: (driver) => ({ ...driver, countTokens: async () => fail('countTokens') }),
  },
  {
    fault: 'reasoning that is off when it is left out',
    law: 'reasoning that is left out',
    misuse: (model) => {
      const generate = (input: GenerateInput) =>
        model.generate(typeof input === 'string' ? input : { reasoning: 'off', ...input })
      return replaced(model, { generate: generate as Model['generate'] })
    },
  },
  {
    fault: 'a finish that is not last',
    law: 'a stream has exactly one finish',
    sabotage: parts((part) => (part.type === 'finish' ? [] : [part])),
  },
  {
    fault: 'an empty increment',
    law: 'no increment is empty',
    sabotage: parts((part) => [{ type: 'text', text: '' }, part]),
  },
  {
    fault: 'a character in two halves',
    law: 'no increment holds half',
    sabotage: parts((part, _request, index) =>
      index === 0
        ? [...'🙂'.split('').map((half): Part => ({ type: 'text', text: half })), part]
        : [part],
    ),
  },
  {
    fault: 'a reply that depends on how it is asked for',
    law: 'generate is the stream',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${calls++}` }] : [part],
    ),
  },
  {
    fault: 'a plain string taken for something else',
    law: 'a plain string',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${calls++}` }] : [part],
    ),
  },
  {
    fault: 'more reasoning than output',
    law: 'the figures of a finish',
    sabotage: finishWith({ usage: { output: 1, reasoning: 2 } }),
  },
  {
    fault: 'a history it cannot read',
    law: 'the message of a result',
    sabotage: requests((request) => (request.messages.length > 1 ? fail('history') : request)),
  },
  {
    fault: 'a greedy reply that changes',
    law: 'a greedy reply repeats',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${calls++}` }] : [part],
    ),
  },
  {
    fault: 'a seed that is ignored',
    law: 'the same seed',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${calls++}` }] : [part],
    ),
  },
  {
    fault: 'chance that is none',
    law: 'another seed',
    sabotage: requests(({ sampling: _dropped, ...rest }) => rest),
  },
  {
    fault: 'an ignored cut-off',
    law: 'a cut-off',
    claims: { sampling: ['temperature', 'seed', 'topK'] },
    whole: 'ignored',
  },
  {
    fault: 'an ignored penalty',
    law: 'a repetition penalty',
    claims: { sampling: ['temperature', 'repetitionPenalty'] },
    whole: 'ignored',
  },
  {
    fault: 'an ignored presence penalty',
    law: 'a presence penalty',
    claims: { sampling: ['temperature', 'seed', 'presencePenalty'] },
    whole: 'ignored',
  },
  {
    fault: 'an ignored frequency penalty',
    law: 'a frequency penalty',
    claims: { sampling: ['temperature', 'seed', 'frequencyPenalty'] },
    whole: 'ignored',
  },
  {
    fault: 'log-probabilities of some tokens only',
    law: 'log-probabilities',
    claims: { logprobs: true },
    sabotage: parts((part, _request, index) => [
      index > 0 && 'logprobs' in part ? { type: part.type, text: part.text } : part,
    ]),
  },
  {
    fault: 'a schema that is ignored',
    law: 'an answer with a schema',
    claims: { schema: true },
    sabotage: without('schema'),
  },
  {
    fault: 'tools that are dropped',
    law: 'an offered tool',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      stream: (request, call) => driver.stream(withoutTools(request), call),
    }),
  },
  {
    fault: 'a demanded call that does not come',
    law: 'a call that is demanded',
    claims: { tools: 'forced' },
    sabotage: without('toolChoice'),
  },
  {
    fault: 'tokens that are not counted',
    law: 'the output is at least',
    sabotage: finishWith({ usage: { output: 3 } }),
  },
  { fault: 'an ignored maxTokens', law: 'maxTokens bounds', sabotage: without('maxTokens') },
  {
    fault: 'a cut reply that is another reply',
    law: 'a shorter maxTokens',
    sabotage: parts((part, { maxTokens }) =>
      part.type === 'text' ? [{ type: 'text', text: `${maxTokens}${part.text}` }] : [part],
    ),
  },
  { fault: 'ignored stop strings', law: 'a stop string never shows', sabotage: without('stop') },
  {
    fault: 'all but the first stop string ignored',
    law: 'a stop string never shows',
    sabotage: requests(({ stop = [], ...rest }) => ({ ...rest, stop: stop.slice(0, 1) })),
  },
  {
    fault: 'a tail that is held back for ever',
    law: 'a stop string that never comes',
    sabotage: parts((part, { stop }) =>
      stop && part.type === 'text' && part.text.endsWith('.') ? [] : [part],
    ),
  },
  {
    fault: 'a thought although it is off',
    law: 'reasoning off',
    sabotage: requests((request) => ({ ...request, reasoning: 'on' })),
  },
  { fault: 'a switch that gets lost', law: 'turning reasoning on', sabotage: without('reasoning') },
  {
    fault: 'a marker in the answer',
    law: 'markers of a thought',
    sabotage: parts((part, _request, index) =>
      index === 0 ? [{ type: 'text', text: '</think>' }, part] : [part],
    ),
  },
  {
    fault: 'a cut thought shown as the answer',
    law: 'a thought cut by maxTokens',
    sabotage: parts((part, { maxTokens = 0 }) => [
      part.type === 'reasoning' && maxTokens < 20 ? { ...part, type: 'text' } : part,
    ]),
  },
  {
    fault: 'a stop string matched in a thought',
    law: 'a stop string never cuts reasoning',
    sabotage: parts((part, { stop }) => (stop && part.type === 'reasoning' ? [] : [part])),
  },
  {
    fault: 'a marker of a turn in the answer',
    law: 'markers of a thought',
    sabotage: parts((part, _request, index) =>
      index === 0 ? [{ type: 'text', text: '<|channel|>final<|message|>' }, part] : [part],
    ),
  },
  {
    fault: 'a marker of another family in the answer',
    law: 'markers of a thought',
    sabotage: parts((part, _request, index) =>
      index === 0 ? [{ type: 'text', text: '[THINK]' }, part] : [part],
    ),
  },
  {
    fault: 'an ignored budget, and thoughts that are not counted',
    law: 'a reasoning budget',
    sabotage: (driver) => without('reasoningBudget')(asRequired(driver, finishWith({ usage: {} }))),
  },
  { fault: 'an ignored budget', law: 'a reasoning budget', sabotage: without('reasoningBudget') },
  {
    fault: 'lossy tokens',
    law: 'detokenize undoes',
    sabotage: (driver) => ({
      ...driver,
      detokenize: async (tokens) => (await driver.detokenize(tokens)).trim(),
    }),
  },
  {
    fault: 'a vocabulary without an end',
    law: 'a token that the vocabulary',
    sabotage: (driver) => ({
      ...driver,
      detokenize: (tokens) => driver.detokenize(tokens.map((token) => token % 256)),
    }),
  },
  {
    fault: 'an assistant who writes control tokens',
    law: 'neither can the system',
    sabotage: spoiled('assistant'),
  },
  {
    fault: 'a system message that writes control tokens',
    law: 'neither can the system',
    sabotage: spoiled('system'),
  },
  {
    fault: 'a tool that writes control tokens',
    law: 'neither can the system',
    claims: { tools: 'offered' },
    sabotage: spoiled('tool'),
  },
  {
    fault: 'a count that forgets the history',
    law: 'countTokens gives',
    sabotage: (driver) => ({
      ...driver,
      countTokens: (request) => driver.countTokens(firstTurn(request)),
    }),
  },
  {
    fault: 'a rendering of something else',
    law: 'render gives',
    sabotage: (driver) => ({ ...driver, render: (request) => driver.render(firstTurn(request)) }),
  },
  {
    fault: 'a user who writes control tokens',
    law: 'text from a user',
    sabotage: (driver) => ({
      ...driver,
      render: async (request) => {
        const { text, tokens } = await driver.render(request)
        return { text, tokens: text.includes('<|end|><|end|>') ? [...tokens, 256] : tokens }
      },
    }),
  },
  {
    fault: 'a tokenizer that reads control tokens in plain text',
    law: 'text from a user',
    sabotage: (driver) => ({
      ...driver,
      tokenize: async (text) => [
        ...(await driver.tokenize(text)),
        ...(text.includes('<|end|>') ? [256] : []),
      ],
    }),
  },
  {
    fault: 'a beginning that is said again',
    law: 'a continued reply',
    sabotage: parts((part, { messages }, index) =>
      index === 0
        ? [{ type: 'text', text: (messages.at(-1) as { content: string }).content }, part]
        : [part],
    ),
  },
  {
    fault: 'a call without its result',
    law: 'a conversation with a call',
    claims: { tools: 'offered' },
    sabotage: requests((request) =>
      request.messages.at(-1)?.role === 'tool' ? fail('tool') : request,
    ),
  },
  {
    fault: 'two calls with one id',
    law: 'a call is emitted whole',
    claims: { tools: 'offered' },
    sabotage: parts((part, _request, index) => (index === 0 ? [called, called, part] : [part])),
  },
  {
    fault: 'an input that is a text',
    law: 'a call is emitted whole',
    claims: { tools: 'forced' },
    sabotage: parts((part) => [part.type === 'tool-call' ? { ...part, input: '{}' } : part]),
  },
  {
    fault: 'an input that is null',
    law: 'a call is emitted whole',
    claims: { tools: 'forced' },
    sabotage: parts((part) => [part.type === 'tool-call' ? { ...part, input: null } : part]),
  },
  {
    fault: 'a rendering without the tools',
    law: 'an offered tool shows',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      render: (request) => driver.render(withoutTools(request)),
    }),
  },
  {
    fault: 'a rendering with tools that may not be called',
    law: 'an offered tool shows',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      render: ({ toolChoice: _choice, ...request }) => driver.render(request),
    }),
  },
  {
    fault: 'tools offered although none may be called',
    law: 'toolChoice none',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      countTokens: async (request) => (await driver.countTokens(request)) + (request.tools ? 9 : 0),
    }),
  },
  {
    fault: 'a claim that is not kept',
    law: 'what is claimed',
    claims: { schema: true },
    sabotage: requests((request) => (request.schema ? fail('schema') : request)),
  },
  {
    fault: 'a context that overflows in silence',
    law: 'a prompt longer',
    sabotage: requests(({ messages, ...rest }) => ({
      ...rest,
      messages: messages.map((message) =>
        message.role === 'user' ? { ...message, content: message.content.slice(0, 40) } : message,
      ),
    })),
  },
  {
    fault: 'a refusal that quotes the prompt',
    law: 'no message of an error',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        const [first] = request.messages
        if (first && 'content' in first && first.content.length > 1_000)
          throw new NanoError('context-overflow', `too long: ${first.content}`)
        yield* driver.stream(request, call)
      },
    }),
  },
  {
    fault: 'an error whose cause quotes the prompt',
    law: 'no message of an error',
    claims: { schema: true },
    sabotage: requests((request) => {
      if (request.schema)
        throw new NanoError('bad-output', 'the server refused', {
          cause: new NanoError('internal', JSON.stringify(request)),
        })
      return request
    }),
  },
  {
    fault: 'an error of its own kind',
    law: 'every error',
    claims: { logprobs: true },
    sabotage: requests(({ logprobs, ...rest }) => {
      if (logprobs) throw new Error('nope')
      return rest
    }),
  },
  {
    fault: 'an abort that leaves the driver unusable',
    law: 'abort rejects',
    sabotage: (driver) => {
      let aborted = false
      return {
        ...driver,
        async *stream(request, call) {
          if (aborted) throw new NanoError('unavailable', 'aborted once')
          call.signal.addEventListener('abort', () => {
            aborted = true
          })
          yield* driver.stream(request, call)
        },
      }
    },
  },
  {
    fault: 'an abort with an error of its own, before the first part',
    law: 'abort ends a call',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (call.signal.aborted) throw new NanoError('unavailable', 'stopped')
        yield* driver.stream(request, call)
      },
    }),
  },
  { fault: 'a slot that is not given back', law: 'leaving a stream early', sabotage: leaking(2) },
  {
    fault: 'one of many slots that is not given back',
    law: 'leaving a stream early',
    sabotage: leaking(16),
  },
  {
    fault: 'a slot that an abort does not give back',
    law: 'a reader who went away',
    sabotage: leaking(16),
  },
  {
    fault: 'an abort that only who reads on hears of',
    law: 'a reader who went away',
    misuse: (model) => replaced(model, { stream: (input) => model.stream(input) }),
  },
  {
    fault: 'a listener whose error is swallowed',
    law: 'a listener that throws',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        const onPrefill: Call['onPrefill'] = (progress) => {
          try {
            call.onPrefill?.(progress)
          } catch {}
        }
        yield* driver.stream(request, { ...call, onPrefill })
      },
    }),
  },
  {
    fault: 'a listener whose error is taken for one of the driver',
    law: 'a listener that throws',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        try {
          yield* driver.stream(request, call)
        } catch (cause) {
          throw new NanoError('unavailable', 'broken', { cause })
        }
      },
    }),
  },
  {
    fault: 'a slot that a listener takes with it',
    law: 'a listener that throws',
    sabotage: leaking(16),
  },
  {
    fault: 'state that streams share',
    law: 'two streams at once',
    sabotage: (driver) => {
      const shared = { seen: 0 }
      return {
        ...driver,
        async *stream(request, call) {
          shared.seen = 0
          for await (const part of driver.stream(request, call))
            yield part.type === 'text' ? { ...part, text: `${part.text}${shared.seen++}` } : part
        },
      }
    },
  },
  {
    fault: 'work although it was aborted',
    law: 'a call aborted before',
    misuse: (model) => replaced(model, { stream: (input) => model.stream(input) }),
  },
  {
    fault: 'work before it looks at its signal',
    law: 'a call aborted before',
    misuse: (model) =>
      replaced(model, {
        async *stream(input, { signal, onPrefill } = {}) {
          onPrefill?.({ processed: 1, total: 1 })
          yield* model.stream(input, signal && { signal })
        },
      }),
  },
  {
    fault: 'a token that is read after close',
    law: 'closing is idempotent',
    misuse: (model) => replaced(model, { detokenize: async () => 'a' }),
  },
  { fault: 'a reply after close', law: 'closing is idempotent', misuse: neverClosed },
  { fault: 'a stream that goes on after close', law: 'closing ends', misuse: neverClosed },
  {
    fault: 'a request that nobody read',
    law: 'a malformed request',
    misuse: (model) => replaced(model, { generate: () => model.generate('hi') }),
  },
]

/** So many slots, of which only calls that are read to their end give theirs back. */
function leaking(slots: number): Sabotage {
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

function neverClosed(model: Model): Model {
  return replaced(model, { close: async () => {}, [Symbol.asyncDispose]: async () => {} })
}

/** A model of which some members are others; a proxy, because its state is private. */
function replaced(
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

function fail(what: string): never {
  throw new NanoError('internal', `broken at ${what}`)
}
