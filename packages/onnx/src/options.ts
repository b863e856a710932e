import { availableParallelism } from 'node:os'
import type { ChatFormat } from '@nano/chat'
import { isFormatOrName } from '@nano/chat/engine'
import * as z from 'zod'

/** Twice the cores: some machines report half of them. */
const mostThreads = Math.min(512, 2 * availableParallelism())

/** The schema of the options; `OnnxOptions` is inferred from it. */
export const optionsSchema = z.strictObject({
  /**
   * Path of a folder as transformers.js or onnxruntime-genai want it, of a `.onnx` file in one, or
   * `tiny` for the embedded model of `@nano/tiny`.
   */
  model: z.string().min(1),
  /**
   * Which file of a folder that has several, by the end of its name: `fp32`, `fp16`, `q4f16`…;
   * absent, the most exact there is.
   */
  quantisation: z.string().min(1).optional(),
  /**
   * `auto` takes the best there is, and the CPU for a model too small to gain from anything else.
   */
  device: z.enum(['auto', 'cpu', 'cuda', 'webgpu']).default('auto'),
  /**
   * Tokens of prompt and reply together, at most what the model was trained on; absent, that or
   * 8,192, whichever is less.
   */
  contextLength: z.int().min(32).optional(),
  /**
   * Requests served at once, in one batch where that changes no reply, each with a KV cache as long
   * as its conversation. More wait their turn.
   */
  parallel: z.int().min(1).max(64).default(1),
  /**
   * CPU threads, at most two per core; absent, one for a small model, where more only wait for each
   * other, else as many as the runtime likes.
   */
  threads: z
    .int()
    .min(1)
    .max(
      mostThreads,
      `expected at most ${mostThreads}, two for each core of this machine: more only wait for each other. Leave it out for what suits the model`,
    )
    .optional(),
  /**
   * Milliseconds that the runtime may compute without a break: as many steps as fit are taken in
   * one run, 16 at most, so that the KV cache is copied that much less. An abort, a stop string and
   * other requests wait for a run. 0 for a step to a run.
   */
  longestRun: z.number().min(0).max(10_000).default(50),
  /** A format of `@nano/chat` or its name; absent, what the folder asks for. */
  format: z.custom<ChatFormat | string>(isFormatOrName, 'expected a format or its name').optional(),
  /** Aborts the loading. */
  signal: z.instanceof(AbortSignal).optional(),
})

/** What callers write. */
export type OnnxOptions = Readonly<z.input<typeof optionsSchema>>
export type ParsedOptions = Readonly<z.output<typeof optionsSchema>>
