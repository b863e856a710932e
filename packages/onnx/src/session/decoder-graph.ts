import { NanoError } from '@nano/core'
import { loopInputs } from '@nano/onnx-graph'
import type { CacheSizes } from '../model-folder/read-config.ts'
import type { Session, ValueMetadata } from './runtime.ts'

/** One tensor of the KV cache: the input of a step, and the output that the next step takes in. */
export interface CacheEntry {
  /** Name of the input. */
  readonly past: string
  /** Name of the output. */
  readonly present: string
  readonly type: 'float32' | 'float16'
  readonly heads: number
  readonly headSize: number
}

/** The inputs and outputs of a decoder. */
export interface DecoderGraph {
  readonly idType: 'int64' | 'int32'
  readonly hasMask: boolean
  readonly hasPositions: boolean
  /** It has an input that says how many of the last positions get logits. */
  readonly hasLogitsToKeep: boolean
  /** It has the input of older exports that says whether there is a cache. */
  readonly hasCacheBranch: boolean
  /**
   * A run that continues a cache must read one token: traced exports have no causal mask there. Not
   * in the session's metadata: it is found by a trial.
   */
  readonly readsOneToken: boolean
  /** Where a run reads several tokens, only the last one gets logits. */
  readonly computesOnlyLastLogits: boolean
  /** It can run several steps in one run. */
  readonly isLoop: boolean
  /**
   * It takes a cache that is longer than its content, and returns only the tokens that it read; the
   * caller puts them into the cache.
   */
  readonly hasStaticCache: boolean
  /** The cache it returns stays on the device, and may be longer than its content. */
  readonly keepsCacheOnDevice: boolean
  readonly cacheEntries: readonly CacheEntry[]
}

/** What is known of a graph besides its session. */
interface GraphFacts {
  /** What messages call it. */
  readonly label: string
  /** For a cache whose shape has names instead of numbers. */
  readonly cacheSizes?: CacheSizes | undefined
  readonly keepsCacheOnDevice?: boolean
}

/**
 * Reads the inputs and outputs of a decoder from its session, whichever exporter wrote it. Throws
 * `bad-model` for what is not a language model, `unsupported` for one with unknown inputs.
 */
export function readDecoderGraph(
  { inputMetadata: inputs, outputMetadata: outputs }: Session,
  { label, cacheSizes = {}, keepsCacheOnDevice = false }: GraphFacts,
): DecoderGraph {
  const findInput = (name: string) => inputs.find((input) => input.name === name)
  const hasInput = (name: string) => findInput(name) !== undefined
  const ids = findInput('input_ids')
  if (!ids && hasInput('inputs_embeds'))
    throw new NanoError(
      'unsupported',
      `onnx: ${label} takes embeddings instead of token ids. ` +
        'Use an export whose decoder has the input input_ids.',
    )
  if (!ids || !outputs.some(({ name }) => name === 'logits')) {
    throw new NanoError(
      'bad-model',
      `onnx: ${label} is not a language model: it takes ${listNames(inputs)} and returns ` +
        `${listNames(outputs)}, but needs the input input_ids and the output logits. ` +
        'Give an export for text generation.',
    )
  }

  const cacheInputs = inputs.filter(({ name }) => /^past_key_values\.\d+\.(key|value)$/.test(name))
  const loopNames = Object.keys(loopInputs)
  const isLoop = outputs.some(({ name }) => name === 'tokens') && loopNames.every(hasInput)
  const knownNames = isLoop ? [...plainInputs, ...loopNames] : plainInputs
  const unknownInputs = inputs.filter(
    (input) => !cacheInputs.includes(input) && !knownNames.includes(input.name),
  )
  if (unknownInputs.length > 0)
    throw new NanoError(
      'unsupported',
      `onnx: ${label} has unknown inputs: ${listNames(unknownInputs)}. ` +
        'Only decoders with a cache of keys and values run.',
    )
  if (cacheInputs.length === 0)
    throw new NanoError(
      'unsupported',
      `onnx: ${label} has no KV cache among its inputs (${listNames(inputs)}). ` +
        'Export it with one: the task text-generation-with-past of optimum.',
    )

  const hasStaticCache = outputs.some(({ name }) => name.startsWith('new_key_values'))
  const hasLogitsToKeep = hasInput('num_logits_to_keep')
  return {
    idType: ids.type === 'int32' ? 'int32' : 'int64',
    hasMask: hasInput('attention_mask'),
    hasPositions: hasInput('position_ids'),
    hasLogitsToKeep,
    hasCacheBranch: hasInput('use_cache_branch'),
    readsOneToken: false,
    computesOnlyLastLogits: hasStaticCache || keepsCacheOnDevice || hasLogitsToKeep,
    isLoop,
    hasStaticCache,
    keepsCacheOnDevice,
    cacheEntries: cacheInputs.map((input) => readCacheEntry(input, outputs, { label, cacheSizes })),
  }
}

/** The inputs of decoders that are no loop, besides the cache. */
const plainInputs: readonly string[] = [
  'input_ids',
  'attention_mask',
  'position_ids',
  'num_logits_to_keep',
  'use_cache_branch',
]

function readCacheEntry(
  { name, type, shape = [] }: ValueMetadata,
  outputs: readonly ValueMetadata[],
  { label, cacheSizes }: { readonly label: string; readonly cacheSizes: CacheSizes },
): CacheEntry {
  const present = ['present', 'new_key_values']
    .map((prefix) => name.replace('past_key_values', prefix))
    .find((candidate) => outputs.some((output) => output.name === candidate))
  const heads = chooseSize(shape[1], cacheSizes.kvHeads)
  const headSize = chooseSize(shape[3], cacheSizes.headSize)
  if (present === undefined)
    throw new NanoError(
      'bad-model',
      `onnx: ${label} has the input ${name} and no output ` +
        `${name.replace('past_key_values', 'present')}. Export it again.`,
    )
  if (
    shape.length !== 4 ||
    heads === undefined ||
    headSize === undefined ||
    (type !== 'float32' && type !== 'float16')
  ) {
    throw new NanoError(
      'unsupported',
      `onnx: ${label} has a KV cache of the type ${type} and the shape [${shape.join(', ')}]. ` +
        'Use an export whose cache is float32 or float16 and [batch, heads, length, head size], ' +
        'with numbers for heads and head size, there or in genai_config.json or config.json.',
    )
  }
  return { past: name, present, type, heads, headSize }
}

/** A size of a shape, or what the configs say where the shape has a name for it. */
function chooseSize(size: number | string | undefined, knownSize: number | undefined) {
  return typeof size === 'number' && size > 0 ? size : knownSize
}

function listNames(values: readonly ValueMetadata[]): string {
  const names = values.map(({ name }) => name)
  return names.length > 8
    ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`
    : names.join(', ') || 'nothing'
}
