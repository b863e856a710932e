import { NanoError } from '@nano/core'
import { loopInputs } from '@nano/onnx-graph'
import type { Session, ValueMetadata } from './runtime.ts'

/** One tensor of the KV cache: what a step takes in, and what it gives for the next. */
export interface CacheEntry {
  readonly past: string
  readonly present: string
  readonly type: 'float32' | 'float16'
  readonly heads: number
  readonly width: number
}

/** What a decoder wants and gives, as its session says. */
export interface Graph {
  readonly ids: 'int64' | 'int32'
  readonly mask: boolean
  readonly positions: boolean
  /** An input that says how many of the last positions get logits. */
  readonly logitsKept: boolean
  /** Of several tokens read, the last alone gets logits. */
  readonly lastLogits: boolean
  /** An input of older exports that says whether there is a cache. */
  readonly cacheBranch: boolean
  /** It runs several steps at once, where asked to. */
  readonly loop: boolean
  /**
   * It takes a cache longer than what is in it, and gives only what it has read, for the caller to
   * put there.
   */
  readonly staticCache: boolean
  /** The cache it gives stays on the device, and may be longer than what is in it. */
  readonly onDevice: boolean
  readonly cache: readonly CacheEntry[]
}

const plain: readonly string[] = [
  'input_ids',
  'attention_mask',
  'position_ids',
  'num_logits_to_keep',
  'use_cache_branch',
]

/**
 * Reads a decoder's names, shapes and types from its session, whoever exported it. Throws
 * `bad-model` for what is no language model, `unsupported` for one whose inputs are not among those
 * we know.
 */
export function graphOf(
  { inputMetadata: inputs, outputMetadata: outputs }: Session,
  path: string,
  { onDevice = false } = {},
): Graph {
  const input = (name: string) => inputs.find((input) => input.name === name)
  const ids = input('input_ids')
  if (!ids && input('inputs_embeds'))
    throw new NanoError(
      'unsupported',
      `onnx: ${path} takes embeddings instead of token ids. Use an export whose decoder has the input input_ids.`,
    )
  if (!ids || !outputs.some(({ name }) => name === 'logits')) {
    throw new NanoError(
      'bad-model',
      `onnx: ${path} is not a language model: it has ${names(inputs)} in and ${names(outputs)} out, and input_ids and logits are needed. Give an export for text generation.`,
    )
  }

  const past = inputs.filter(({ name }) => /^past_key_values\.\d+\.(key|value)$/.test(name))
  const ofLoop = Object.keys(loopInputs)
  const loop = outputs.some(({ name }) => name === 'tokens') && ofLoop.every((name) => input(name))
  const known = loop ? [...plain, ...ofLoop] : plain
  const unknown = inputs.filter((input) => !past.includes(input) && !known.includes(input.name))
  if (unknown.length > 0)
    throw new NanoError(
      'unsupported',
      `onnx: ${path} has inputs that are not known here: ${names(unknown)}. Only decoders with a cache of keys and values run.`,
    )
  if (past.length === 0)
    throw new NanoError(
      'unsupported',
      `onnx: ${path} has no KV cache among its inputs (${names(inputs)}). Export it with one: optimum calls that text-generation-with-past.`,
    )

  const staticCache = outputs.some(({ name }) => name.startsWith('new_key_values'))
  return {
    ids: ids.type === 'int32' ? 'int32' : 'int64',
    mask: input('attention_mask') !== undefined,
    positions: input('position_ids') !== undefined,
    logitsKept: input('num_logits_to_keep') !== undefined,
    cacheBranch: input('use_cache_branch') !== undefined,
    loop,
    onDevice,
    staticCache,
    lastLogits: staticCache || onDevice || input('num_logits_to_keep') !== undefined,
    cache: past.map((entry) => cacheEntry(entry, outputs, path)),
  }
}

function cacheEntry(
  { name, type, shape = [] }: ValueMetadata,
  outputs: readonly ValueMetadata[],
  path: string,
): CacheEntry {
  const present = ['present', 'new_key_values']
    .map((given) => name.replace('past_key_values', given))
    .find((given) => outputs.some((output) => output.name === given))
  const [, heads, , width] = shape
  if (present === undefined)
    throw new NanoError(
      'bad-model',
      `onnx: ${path} has the input ${name} and no output ${name.replace('past_key_values', 'present')}. Export it again.`,
    )
  if (
    shape.length !== 4 ||
    typeof heads !== 'number' ||
    typeof width !== 'number' ||
    (type !== 'float32' && type !== 'float16')
  ) {
    throw new NanoError(
      'unsupported',
      `onnx: ${path} has a KV cache of the type ${type} and shape [${shape.join(', ')}]; known are float32 and float16, [batch, heads, length, width] with heads and width given`,
    )
  }
  return { past: name, present, type, heads, width }
}

function names(values: readonly ValueMetadata[]): string {
  const all = values.map(({ name }) => name)
  return all.length > 8
    ? `${all.slice(0, 8).join(', ')} and ${all.length - 8} more`
    : all.join(', ') || 'nothing'
}
