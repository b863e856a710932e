import { NanoError } from '@nano/core'
import { type GgufHeader, type HeaderValue, kinds } from './read-header.ts'

/**
 * Holds what a header says of its model against itself and the shapes of its tensors: over some of
 * what does not fit the runtime ends the process. Refuses only what is wrong for every
 * architecture; the rest the runtime refuses itself. Throws `bad-model` with the key.
 */
export function assertShape(path: string, header: GgufHeader): void {
  const { values, tensors } = header
  const bad = (key: string, why: string) =>
    new NanoError(
      'bad-model',
      `llama-cpp: ${path} is broken: its ${key} ${why}. Get it again and compare its size with the original.`,
    )
  const prefix = values.get('general.architecture')
  if (typeof prefix !== 'string') throw bad('general.architecture', 'is missing')
  const named = (key: string) => `${prefix}.${key}`
  /** Of a layer, where they differ. */
  const count = (key: string, layer = 0) => countOf(values.get(named(key)), layer)
  const differs = (key: string) => typeof values.get(named(key)) === 'object'

  const blocks =
    Math.max(
      -1,
      ...tensors.map(({ name }) => Number(/(?:^|\.)blk\.(\d+)\./.exec(name)?.[1] ?? -1)),
    ) + 1
  const layers = count('block_count')
  if (layers === undefined || layers < blocks || layers > mostLayers)
    throw bad(named('block_count'), `is ${shown(layers)}, and its tensors are of ${blocks} blocks`)
  const trained = count('context_length')
  if (trained === undefined || trained < 1 || trained > 2 ** 31)
    throw bad(named('context_length'), `is ${shown(trained)}`)
  const hidden = count('embedding_length')
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight')
  if (!hidden || (embedding && embedding.dimensions[0] !== hidden))
    throw bad(
      named('embedding_length'),
      `is ${shown(hidden)}, and its token_embd.weight ${shown(embedding?.dimensions[0])} wide`,
    )

  const odd = [...values].find(
    ([key, value]) =>
      typeof value === 'number' &&
      (!Number.isFinite(value) || (key.endsWith('_epsilon') && value < 0)),
  )
  if (odd) throw bad(odd[0], `is ${String(odd[1])}`)

  const rotated = count('rope.dimension_count')
  // Heads of another length in some layers, or folded ones, have keys of their own.
  const alike = ![...values.keys()].some((key) => /\.(key|value)_length_/.test(key))
  for (const {
    name,
    dimensions: [width = 0, height = 0],
  } of tensors) {
    const [, layer, part] =
      /^blk\.(\d+)\.(attn_q|attn_k|attn_v|attn_output|ffn_up)\.weight$/.exec(name) ?? []
    if (layer === undefined) continue
    const at = Number(layer)
    if (part === 'ffn_up') {
      const wide = count('feed_forward_length', at)
      if (wide === 0 && differs('feed_forward_length')) continue
      if (!wide || height % wide !== 0)
        throw bad(named('feed_forward_length'), `is ${shown(wide)}, and its ${name} ${height} high`)
      continue
    }
    const heads = count('attention.head_count', at)
    const kvHeads = values.has(named('attention.head_count_kv'))
      ? count('attention.head_count_kv', at)
      : heads
    // Layers of another kind than attention have no heads.
    if (
      (heads === 0 && differs('attention.head_count')) ||
      (kvHeads === 0 && differs('attention.head_count_kv'))
    )
      continue
    if (!heads || !kvHeads || heads % kvHeads !== 0)
      throw bad(
        named(heads ? 'attention.head_count_kv' : 'attention.head_count'),
        `is ${shown(heads ? kvHeads : heads)}, and there are ${shown(heads)} heads in ${name}`,
      )
    const [keys, rows] = [
      count('attention.key_length') ?? Math.floor(hidden / heads),
      count('attention.value_length') ?? Math.floor(hidden / heads),
    ]
    const [key, wanted, there] = {
      attn_q: ['key_length', heads * keys, height],
      attn_k: ['key_length', kvHeads * keys, height],
      attn_v: ['value_length', kvHeads * rows, height],
      attn_output: ['value_length', heads * rows, width],
    }[part as 'attn_q'] as [string, number, number]
    // Queries may come with their gates in one matrix.
    const fits = part === 'attn_q' ? there % wanted === 0 : there === wanted
    if (alike && !fits)
      throw bad(
        named(`attention.${key}`),
        `with its heads makes ${wanted}, and its ${name} has ${there}`,
      )
    if (rotated !== undefined && (rotated > keys || rotated % 2 !== 0))
      throw bad(named('rope.dimension_count'), `is ${rotated}, and a head ${keys} long`)
  }
  assertVocabulary(header, bad)
}

/** More than any model has, and than the runtime takes. */
const mostLayers = 512

function countOf(value: HeaderValue | undefined, layer: number): number | undefined {
  const one = typeof value === 'object' ? value.items[layer] : value
  return typeof one === 'number' && Number.isInteger(one) && one >= 0 ? one : undefined
}

function shown(value: number | undefined): string {
  return value === undefined ? 'missing or no count' : String(value)
}

/**
 * The runtime reads as many types and scores as there are tokens, and has no room for one that
 * comes twice.
 */
function assertVocabulary(
  { values }: GgufHeader,
  bad: (key: string, why: string) => NanoError,
): void {
  const tokens = values.get('tokenizer.ggml.tokens')
  if (tokens === undefined) return
  if (typeof tokens !== 'object' || tokens.kind !== kinds.string)
    throw bad('tokenizer.ggml.tokens', 'are no texts')
  const texts = tokens.items.filter((token) => token !== '')
  if (new Set(texts).size < texts.length) {
    const seen = new Set<unknown>()
    const twice = texts.find((token) => seen.size === seen.add(token).size)
    throw bad(
      'tokenizer.ggml.tokens',
      `have ${JSON.stringify(Buffer.from(String(twice), 'latin1').toString())} twice`,
    )
  }
  for (const [name, kind, least] of [
    ['token_type', kinds.int32, tokens.length],
    ['scores', kinds.float32, tokens.length],
    ['merges', kinds.string, 0],
  ] as const) {
    const array = values.get(`tokenizer.ggml.${name}`)
    if (array === undefined) continue
    if (typeof array !== 'object' || array.kind !== kind)
      throw bad(`tokenizer.ggml.${name}`, 'are of another kind than they should be')
    if (array.length < least)
      throw bad(`tokenizer.ggml.${name}`, `are ${array.length}, and there are ${least} tokens`)
  }
}
