import { describe, expect, it } from 'vitest'
import { graphOf } from '../../src/session/decoder-graph.ts'
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
const fault = (given: Session) => {
  try {
    return graphOf(given, 'model.onnx')
  } catch (error) {
    return error
  }
}

describe('a decoder', () => {
  it('of either exporter is read from its session', () => {
    expect(
      graphOf(session([input('input_ids'), input('attention_mask'), ...cache]), 'model.onnx'),
    ).toMatchObject({
      ids: 'int64',
      mask: true,
      positions: false,
      logitsKept: false,
      cacheBranch: false,
    })
    const older = graphOf(
      session([
        input('input_ids', 'int32'),
        input('attention_mask'),
        input('position_ids'),
        input('num_logits_to_keep', 'int64', []),
        input('use_cache_branch', 'bool', [1]),
        ...cache,
      ]),
      'model.onnx',
    )
    expect(older).toMatchObject({
      ids: 'int32',
      positions: true,
      logitsKept: true,
      cacheBranch: true,
    })
    expect(older.cache[1]).toEqual({
      past: 'past_key_values.0.value',
      present: 'present.0.value',
      type: 'float16',
      heads: 2,
      width: 32,
    })
  })
  it.each<[what: string, given: Session, code: string, message: RegExp]>([
    [
      'takes embeddings',
      session([input('inputs_embeds', 'float32'), ...cache]),
      'unsupported',
      /takes embeddings/,
    ],
    [
      'gives no logits',
      session([input('input_ids')], ['last_hidden_state']),
      'bad-model',
      /last_hidden_state out/,
    ],
    [
      'has no KV cache',
      session([input('input_ids'), input('attention_mask')]),
      'unsupported',
      /text-generation-with-past/,
    ],
    [
      'has a state of another kind',
      session([input('input_ids'), ...cache, kv('past_conv.0')]),
      'unsupported',
      /not known here: past_conv\.0/,
    ],
    [
      'gives a cache it does not take back',
      session([input('input_ids'), ...cache], ['logits', 'present.0.key']),
      'bad-model',
      /no output present\.0\.value/,
    ],
    [
      'has a cache in 8 bits',
      session([input('input_ids'), kv('past_key_values.0.key', undefined, 'int8')]),
      'unsupported',
      /type int8/,
    ],
    [
      'has a cache without heads',
      session([input('input_ids'), kv('past_key_values.0.key', ['batch', 'length', 64])]),
      'unsupported',
      /\[batch, length, 64\]/,
    ],
  ])('that %s is refused, and says why', (_what, given, code, message) => {
    expect(fault(given)).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
