import { availableParallelism } from 'node:os'
import type { ChatFormat } from '@nano/chat'
import { isClock, isFormatOrName } from '@nano/chat/engine'
import * as z from 'zod'
import type { ModelFile } from './gguf/model-file.ts'

const functionOf = <T>() =>
  z.custom<T>((value) => typeof value === 'function', 'expected a function')

/** The runtime has room for 512; with many more than there are cores it all but stands still. */
const maxThreads = Math.min(512, 2 * availableParallelism())

const threadCount = z
  .int()
  .min(1)
  .max(
    maxThreads,
    `expected at most ${maxThreads}, two for each core of this machine: more only wait for each ` +
      'other. Leave it out, and the best count is measured',
  )

/** Types of the KV cache. */
const kvCacheTypes = ['f16', 'f32', 'q8_0'] as const

const lora = z.strictObject({ path: z.string().min(1), scale: z.number().default(1) })

/** The schema of the options; `LlamaCppOptions` is inferred from it. */
export const optionsSchema = z
  .strictObject({
    /** Path of a GGUF file, or `tiny` for the embedded model of `@nano/tiny`. */
    model: z.string().min(1),
    /**
     * `auto` takes the best there is, and the CPU for a model too small to gain from anything else.
     */
    device: z.enum(['auto', 'cpu', 'cuda', 'vulkan', 'metal']).default('auto'),
    /** Layers kept on the GPU; absent, as many as fit. */
    gpuLayers: z.int().min(0).optional(),
    /**
     * Tokens of prompt and reply together, at most what the model was trained on; absent, that or
     * 8,192, whichever is less.
     */
    contextLength: z.int().min(32).optional(),
    /** Requests served at once; each costs the memory of one context. More wait their turn. */
    parallel: z.int().min(1).max(64).default(1),
    /**
     * CPU threads, at most two per core: one count for all batches, a count for each kind, or
     * `cores` for one per core. Absent, they are measured when the model is first opened on this
     * machine, which takes about a second, and kept in the cache folder.
     */
    threads: z
      .union([
        threadCount,
        z.strictObject({
          prefill: threadCount,
          decode: threadCount,
          decodeTogether: threadCount,
        }),
        z.literal('cores'),
      ])
      .optional(),
    /**
     * Absent, off where `exact` is on and for a model under 100 million parameters, where it costs
     * more than it gives, else wherever it is supported.
     */
    flashAttention: z.boolean().optional(),
    /**
     * Type of the KV cache; absent, `f32` where `exact` is on, else `f16`. `q8_0` takes half the
     * memory of `f16`, and needs flash attention, which it turns on; replies may differ. Each is
     * tried when the model is opened.
     */
    kvCache: z.enum(kvCacheTypes).optional(),
    /**
     * Computes attention in float32, with a KV cache of `f32` and without flash attention: greedy
     * replies are those of other runtimes that compute the same weights in float32. Absent, on for
     * a file whose weights are all F32, unless `kvCache` or `flashAttention` say otherwise.
     */
    exact: z.boolean().optional(),
    /**
     * Loads the model into a process of its own, which decodes faster on the CPU, and does not take
     * the app with it where the runtime crashes. Absent, on from 10 million parameters, in Node.
     */
    ownProcess: z.boolean().optional(),
    /** LoRA adapters by the name that requests give: a GGUF each, applied at `scale`. */
    loras: z.record(z.string().min(1), z.union([z.string().min(1), lora])).default({}),
    /** LoRA adapters in use at once: each has a context of its own, as large as the model's. */
    loraContexts: z.int().min(1).max(16).default(1),
    /**
     * Guesses that the reply repeats its prompt, and checks several tokens at a time: for
     * summaries, rewriting, code. Greedy replies only, and they stay the same.
     */
    speculation: z.literal('prompt-lookup').optional(),
    /** A format of `@nano/chat` or its name; absent, what the file asks for. */
    format: z
      .custom<ChatFormat | string>(isFormatOrName, 'expected a format or its name')
      .optional(),
    /** The clock of templates that write today's date; the machine's by default. */
    now: z.custom<() => Date>(isClock, 'expected a function that returns a date').optional(),
    /** Aborts the loading. */
    signal: z.instanceof(AbortSignal).optional(),
    /** Called with the share of the weights that is loaded, in (0, 1]. */
    onLoad: functionOf<(loaded: number) => void>().optional(),
  })
  .refine(({ exact, kvCache = 'f32' }) => !exact || kvCache === 'f32', {
    path: ['kvCache'],
    error: "expected 'f32': exact keeps the KV cache in it. Leave out one of the two",
  })
  .refine(({ exact, flashAttention }) => !exact || flashAttention !== true, {
    path: ['flashAttention'],
    error: 'expected false: exact computes without it. Leave out one of the two',
  })

export type LoraOption = Readonly<z.output<typeof lora>>
/** What callers write. */
export type LlamaCppOptions = Readonly<z.input<typeof optionsSchema>>
export type ParsedOptions = Readonly<z.output<typeof optionsSchema>> & {
  readonly kvCache: (typeof kvCacheTypes)[number]
}

/** Puts what `exact` means for a file into the options that it stands for. */
export function applyExact<
  Options extends Pick<ParsedOptions, 'flashAttention' | 'exact'> & {
    readonly kvCache?: ParsedOptions['kvCache'] | undefined
  },
>(
  options: Options,
  { hasFloat32Weights }: Pick<ModelFile, 'hasFloat32Weights'>,
): Options & Pick<ParsedOptions, 'kvCache' | 'flashAttention'> {
  const { kvCache, flashAttention } = options
  const allowsExact = (kvCache ?? 'f32') === 'f32' && flashAttention !== true
  const isExact = options.exact ?? (hasFloat32Weights && allowsExact)
  return {
    ...options,
    kvCache: kvCache ?? (isExact ? 'f32' : 'f16'),
    flashAttention: isExact ? false : flashAttention,
  }
}
