import { availableParallelism } from 'node:os'
import type { ChatFormat } from '@nano/chat'
import { isClock, isFormatOrName } from '@nano/chat/engine'
import * as z from 'zod'

const devices = ['auto', 'cpu', 'cuda', 'webgpu'] as const

/** Twice the cores: some machines report half of them. */
const maxThreads = Math.min(512, 2 * availableParallelism())

/** The schema of the options; `OnnxOptions` is inferred from it. */
export const optionsSchema = z.strictObject({
  /**
   * Path of a folder in the layout of transformers.js or onnxruntime-genai, or of an `.onnx` file
   * in one; `tiny` for the embedded model of `@nano/tiny`.
   */
  model: z.string().min(1),
  /**
   * Which file of a folder that has several: `fp32`, `fp16`, `q4`, `q4f16`, and so on; absent, the
   * file that `genai_config.json` names, else the most precise.
   */
  quantization: z.string().min(1).optional(),
  /**
   * Where the model runs. `auto` takes the first of CUDA, WebGPU and the CPU that works, and the
   * CPU for a model under 200 MB, which gains nothing elsewhere.
   */
  device: z.enum(devices, { error: describeDeviceError }).default('auto'),
  /**
   * Tokens of prompt and reply together, at most what the model was trained on; absent, that or
   * 8,192, whichever is less.
   */
  contextLength: z.int().min(32).optional(),
  /**
   * Requests served at once, in one batch where that changes no reply. Each has a KV cache as long
   * as its conversation. Further requests wait.
   */
  parallel: z.int().min(1).max(64).default(1),
  /**
   * CPU threads, at most two per core; absent, one for a model under 20 MB, the number that is
   * measured to be fastest for one under 200 MB, and the runtime's own choice for a larger one.
   */
  threads: z
    .int()
    .min(1)
    .max(
      maxThreads,
      `expected at most ${maxThreads}, two for each core of this machine: more wait for each ` +
        'other. Leave it out for what suits the model',
    )
    .optional(),
  /**
   * Milliseconds that one run of the model may take. A run takes as many decoding steps as fit, at
   * most 16, and copies the KV cache once; an abort, a stop string and other requests wait until it
   * ends. 0 for one step per run.
   */
  maxRunTime: z.number().min(0).max(10_000).default(50),
  /** A format of `@nano/chat` or its name; absent, the format that the folder suggests. */
  format: z.custom<ChatFormat | string>(isFormatOrName, 'expected a format or its name').optional(),
  /** The clock of templates that write today's date; the machine's by default. */
  now: z.custom<() => Date>(isClock, 'expected a function that returns a date').optional(),
  /** Aborts the loading. */
  signal: z.instanceof(AbortSignal).optional(),
})

/** The options of `openOnnx`. */
export type OnnxOptions = Readonly<z.input<typeof optionsSchema>>
export type ParsedOptions = Readonly<z.output<typeof optionsSchema>>

function describeDeviceError({ input }: { readonly input?: unknown }): string {
  if (input === 'vulkan' || input === 'metal')
    return (
      `onnxruntime-node does not have the device ${JSON.stringify(input)}: use 'webgpu', which ` +
      "uses Vulkan, Metal or Direct3D 12, or leave it out for 'auto'"
    )
  return "expected 'auto', 'cpu', 'cuda' or 'webgpu'"
}
