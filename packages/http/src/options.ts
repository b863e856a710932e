import type { ChatFormat } from '@nano/chat'
import { isFormatOrName } from '@nano/chat/engine'
import * as z from 'zod'
import { serverNames } from './profiles/profile.ts'

const format = z.custom<ChatFormat | string>(isFormatOrName, 'expected a format or its name')

/** A key in an address would be in messages, logs and other people's caches. */
const url = z
  .url({ protocol: /^https?$/, error: 'expected an address such as http://localhost:8080' })
  .refine((text) => {
    const { username, password, search, hash } = new URL(text)
    return !username && !password && !search && !hash
  }, 'expected an address without a user, a password, a query or a fragment; a key goes into apiKey')

/** What a header can hold. No message shows what was given, which may be a key. */
const headerText = z
  .string()
  .regex(
    /^[\t\x20-\x7e]*$/,
    'expected printable ASCII characters without line breaks, as a header can hold',
  )
const key = headerText.min(1)
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/)

const endpoint = z.strictObject({
  url,
  /** Absent, the one given for all. */
  model: z.string().min(1).optional(),
  /** Absent, the one given for all. */
  apiKey: key.optional(),
})

/** The schema of the options; `HttpOptions` is inferred from it. */
export const optionsSchema = z
  .strictObject({
    /** Address of the server, with or without `/v1`. */
    url: url.optional(),
    /** In place of `url`, several servers of the same model, which serve as one. */
    endpoints: z
      .array(
        z.union([
          url.transform((text) => ({ url: text, model: undefined, apiKey: undefined })),
          endpoint,
        ]),
      )
      .min(1)
      .max(256)
      .optional(),
    /**
     * Milliseconds that a server of several may take to say that it lives, before it is left alone
     * until it does.
     */
    patience: z.int().min(100).default(5_000),
    /** What the server calls the model; absent, the only one it lists. */
    model: z.string().min(1).optional(),
    /** `auto` asks the server what it is. */
    server: z
      .union([z.literal('auto'), z.enum(serverNames)], {
        error: `expected 'auto' or one of ${serverNames.join(', ')}`,
      })
      .default('auto'),
    /** Sent as `Authorization: Bearer`. */
    apiKey: key.optional(),
    /** Sent with every request. What they hold appears in no message. */
    headers: z.record(headerName, headerText).default({}),
    /**
     * `completions`: the prompt is rendered here and sent as token ids. `chat`: the server renders
     * it. `auto` takes completions where the server takes token ids, the model's format is known
     * and its tokens are exact, else chat.
     */
    mode: z.enum(['auto', 'completions', 'chat']).default('auto'),
    /** A format of `@nano/chat` or its name; absent, what the server says of the model. */
    format: format.optional(),
    /** The model's own `tokenizer.json`, parsed: exact tokens where the server has none. */
    tokenizer: z.record(z.string(), z.unknown()).optional(),
    /** Tokens of prompt and reply together; absent, what the server says. */
    contextLength: z.int().min(32).optional(),
    /** In the mode chat, lets texts hold what the server would read as control tokens. */
    allowControlTokens: z.boolean().default(false),
    /** In place of the platform's own, whose time-outs are then its business. */
    fetch: z
      .custom<typeof globalThis.fetch>(
        (value) => typeof value === 'function',
        'expected a function',
      )
      .optional(),
    /**
     * Aborts the opening, which has no limit of its own where there is one server:
     * `AbortSignal.timeout(10_000)` is one.
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

/** The address that paths are put behind. */
export function rootOf(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v1$/, '')
}
