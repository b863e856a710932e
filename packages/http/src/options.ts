import type { ChatFormat } from '@nano/chat'
import { isClock, isFormatOrName } from '@nano/chat/engine'
import * as z from 'zod'
import { serverNames } from './server-names.ts'

const formatSchema = z.custom<ChatFormat | string>(isFormatOrName, 'expected a format or its name')

/** A key in an address would appear in messages, logs and caches of proxies. */
const urlSchema = z
  .url({ protocol: /^https?$/, error: 'expected an address such as http://localhost:8080' })
  .refine((text) => {
    const { username, password, searchParams, hash } = new URL(text)
    return !username && !password && !hash && ![...searchParams.keys()].some(namesKey)
  }, 'expected an address without user, password, key and fragment; a key belongs into apiKey')

/** The message does not repeat the value, which may be a key. */
const headerValueSchema = z
  .string()
  .regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII characters without line breaks')
const apiKeySchema = headerValueSchema.min(1)
const headerNameSchema = z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/)

const endpointSchema = z.strictObject({
  url: urlSchema,
  /** Absent, the `model` of all endpoints. */
  model: z.string().min(1).optional(),
  /** Absent, the `apiKey` of all endpoints. */
  apiKey: apiKeySchema.optional(),
})

/** The schema of the options; `HttpOptions` is inferred from it. */
export const optionsSchema = z
  .strictObject({
    /** Address of the server, of its API, or of its chat. */
    url: urlSchema.optional(),
    /** Instead of `url`: 1 to 256 servers of the same model, which serve as one. */
    endpoints: z
      .array(
        z.union([
          urlSchema.transform((url) => ({ url, model: undefined, apiKey: undefined })),
          endpointSchema,
        ]),
      )
      .min(1)
      .max(256)
      .optional(),
    /**
     * Milliseconds, 100 or more, in which each of several `endpoints` has to answer a liveness
     * check. A server that does not loses its calls to the others until it answers again.
     */
    livenessTimeout: z.int().min(100).default(5_000),
    /**
     * Milliseconds, 100 or more, in which each of several `endpoints` has to begin a reply, and to
     * go on with it before its first part; then another one is asked. Absent, any time. Any piece
     * of the reply counts, such as that of a thought which the caller does not get.
     */
    firstPartTimeout: z.int().min(100).optional(),
    /** The name that the server gives the model; absent, the only model that it lists. */
    model: z.string().min(1).optional(),
    /** The kind of server; `auto` identifies it by its responses. */
    server: z
      .union([z.literal('auto'), z.enum(serverNames)], {
        error: `expected 'auto' or one of ${serverNames.join(', ')}`,
      })
      .default('auto'),
    /** Sent as `Authorization: Bearer`. */
    apiKey: apiKeySchema.optional(),
    /** Sent with each request. Their values appear in no message. */
    headers: z.record(headerNameSchema, headerValueSchema).default({}),
    /**
     * `completions`: the prompt is rendered here and sent as token ids. `chat`: the server renders
     * it. `auto` chooses completions where the server takes token ids, and the format, the tokens
     * and the context length of the model are known; else chat.
     */
    mode: z.enum(['auto', 'completions', 'chat']).default('auto'),
    /** A format of `@nano/chat` or its name; absent, what the server says of the model. */
    format: formatSchema.optional(),
    /** The clock of templates that write today's date; the machine's by default. */
    now: z.custom<() => Date>(isClock, 'expected a function that returns a date').optional(),
    /** The model's `tokenizer.json`, parsed: exact tokens where the server has no tokenizer. */
    tokenizer: z.record(z.string(), z.unknown()).optional(),
    /** Tokens of prompt and reply together, 32 or more; absent, what the server says. */
    contextLength: z.int().min(32).optional(),
    /** In the mode chat, allows texts that the server reads as control tokens. */
    allowControlTokens: z.boolean().default(false),
    /** Called with warnings, which are facts that no error reports; absent, `console.warn`. */
    onWarning: z
      .custom<(message: string) => void>(
        (value) => typeof value === 'function',
        'expected a function',
      )
      .default(() => (message: string) => console.warn(message)),
    /** Replaces the platform's `fetch`, whose time-outs then apply. */
    fetch: z
      .custom<typeof globalThis.fetch>(
        (value) => typeof value === 'function',
        'expected a function',
      )
      .optional(),
    /**
     * Milliseconds in which opening waits for a server that starts: one that refuses connections,
     * answers 503 or has no model yet. Absent, it rejects at once.
     */
    waitUntilReady: z.int().min(0).default(0),
    /**
     * Aborts opening, which has no time-out where there is one server; pass
     * `AbortSignal.timeout(10_000)` for one.
     */
    signal: z.instanceof(AbortSignal).optional(),
  })
  .refine(
    ({ url, endpoints }) => (url === undefined) !== (endpoints === undefined),
    'expected either url or endpoints',
  )

/** What callers write. */
export type HttpOptions = Readonly<z.input<typeof optionsSchema>>
export type ParsedOptions = Readonly<z.output<typeof optionsSchema>>

function namesKey(parameter: string): boolean {
  return /key|token|secret|passw|auth|sig|credential|^code$/i.test(parameter)
}
