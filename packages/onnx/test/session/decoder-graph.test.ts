import { describe, expect, it } from 'vitest'
import { readDecoderGraph } from '../../src/session/decoder-graph.ts'
import type { Session, ValueMetadata } from '../../src/session/runtime.ts'

const input = (
  name: string,
  type = 'int64',
  shape: readonly (number | string)[] = ['batch', 'length'],
): ValueMetadata => ({ name, type, shape })
const kv = (
  name: string,
  shape: readonly (number | string)[] = ['batch', 2, 'length', 32],
  type = 'float16',
) => input(name, type, shape)
const session = (
  inputs: readonly ValueMetadata[],
  outputs = ['logits', 'present.0.key', 'present.0.value'],
) =>
  ({
    inputMetadata: inputs,
    outputMetadata: outputs.map((name) => ({ name })),
  }) as unknown as Session
const cache = [kv('past_key_values.0.key'), kv('past_key_values.0.value')]
const errorOf = (session: Session) => {
  try {
    return readDecoderGraph(session, { label: 'model.onnx' })
  } catch (error) {
    return error
  }
}

describe('readDecoderGraph', () => {
  it('reads the decoders of all exporters', () => {
    expect(
      readDecoderGraph(session([input('input_ids'), input('attention_mask'), ...cache]), {
        label: 'model.onnx',
      }),
    ).toMatchObject({
      idType: 'int64',
      hasMask: true,
      hasPositions: false,
      hasLogitsToKeep: false,
      hasCacheBranch: false,
    })
    const olderGraph = readDecoderGraph(
      session([
        input('input_ids', 'int32'),
        input('attention_mask'),
        input('position_ids'),
        input('num_logits_to_keep', 'int64', []),
        input('use_cache_branch', 'bool', [1]),
        ...cache,
      ]),
      { label: 'model.onnx' },
    )
    expect(olderGraph).toMatchObject({
      idType: 'int32',
      hasPositions: true,
      hasLogitsToKeep: true,
      hasCacheBranch: true,
    })
    expect(olderGraph.cacheEntries[1]).toEqual({
      past: 'past_key_values.0.value',
      present: 'present.0.value',
      type: 'float16',
      heads: 2,
      headSize: 32,
    })
  })
  it.each<[decoder: string, decoderSession: Session, code: string, message: RegExp]>([
    [
      'that takes embeddings',
      session([input('inputs_embeds', 'float32'), ...cache]),
      'unsupported',
      /takes embeddings/,
    ],
    [
      'without logits',
      session([input('input_ids')], ['last_hidden_state']),
      'bad-model',
      /returns last_hidden_state/,
    ],
    [
      'without a KV cache',
      session([input('input_ids'), input('attention_mask')]),
      'unsupported',
      /text-generation-with-past/,
    ],
    [
      'with another kind of state',
      session([input('input_ids'), ...cache, kv('past_conv.0')]),
      'unsupported',
      /unknown inputs: past_conv\.0/,
    ],
    [
      'that takes a cache and does not return it',
      session([input('input_ids'), ...cache], ['logits', 'present.0.key']),
      'bad-model',
      /no output present\.0\.value/,
    ],
    [
      'with a cache of 8 bits',
      session([input('input_ids'), kv('past_key_values.0.key', undefined, 'int8')]),
      'unsupported',
      /type int8/,
    ],
    [
      'with a cache without heads',
      session([input('input_ids'), kv('past_key_values.0.key', ['batch', 'length', 64])]),
      'unsupported',
      /\[batch, length, 64\]/,
    ],
  ])('refuses a decoder %s, and says why', (_decoder, decoderSession, code, message) => {
    expect(errorOf(decoderSession)).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
