import { NanoError } from '@nano/core'
import { encodeValueType } from '../graph/encode-model.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'
import type { ParsedModel } from '../graph/parse-model.ts'
import type { EncodedMessage } from '../protobuf/encode-fields.ts'
import type { OnnxType } from '../tensor.ts'

/** A value that each step of the loop passes to the next. */
export interface LoopState {
  /** At the beginning of a step the value is called `loop/step/` and this name. */
  readonly name: string
  /** The field `type` of the value at the beginning of a step. */
  readonly type: EncodedMessage
  /** Its name at the end of a step. */
  readonly next: string
  /** The field `type` at the end of a step. */
  readonly nextType: EncodedMessage
  /** The value in the main graph that the first step receives. */
  readonly first: string
  /** The value in the main graph that the last step returns. */
  readonly result: string
}

/** The graphs of a loop, and what a step chose. */
interface LoopStep {
  readonly main: GraphBuilder
  readonly step: GraphBuilder
  /** The token that was chosen, int64 `[1]`. */
  readonly token: string
  /** The logits of the last position. */
  readonly lastLogits: string
}

/**
 * Adds the states of a loop to its graphs: the inputs that change from step to step, the tokens
 * that were sampled, the logits of the last step, and the KV cache.
 */
export function addLoopStates(model: ParsedModel, loopStep: LoopStep): readonly LoopState[] {
  const { main, step, token, lastLogits } = loopStep
  const inputs = model.inputs.flatMap(({ name, type, encodedType }) => {
    const addNext = nextInputs[name]
    if (!addNext || !type) return []
    const next = addNext(loopStep, `loop/step/${name}`, type)
    return [state(name, { type: encodedType, next, nextType: encodeValueType(type) })]
  })
  const replyTokens = state('reply_tokens', {
    type: encodeValueType('int64'),
    next: step.addNode('Concat', {
      inputs: ['loop/step/reply_tokens', token],
      attributes: { axis: 0 },
    }),
  })

  const logitsType = model.outputs.find(({ name }) => name === 'logits')?.type ?? 'float32'
  const noLogits = main.addTensor({
    name: 'loop/no_logits',
    type: logitsType,
    dimensions: [1, 0, 1],
    bytes: new Uint8Array(0),
  })
  const logits: LoopState = {
    ...state('last_logits', { type: encodeValueType(logitsType), next: lastLogits }),
    first: noLogits,
    result: 'logits',
  }
  return [...inputs, replyTokens, logits, ...cacheStates(model)]
}

type AddNext = (loopStep: LoopStep, current: string, type: OnnxType) => string

/**
 * How the inputs of a graph change after a step. The step may have read several tokens; the next
 * one reads the token that was chosen.
 */
const nextInputs: Readonly<Record<string, AddNext>> = {
  input_ids: ({ main, step, token }, _, type) => {
    const shape = main.addIntegers('loop/square', [1, 1])
    return step.addCast(step.addNode('Reshape', { inputs: [token, shape] }), type)
  },
  attention_mask: ({ main, step }, current, type) =>
    step.addNode('Concat', { inputs: [current, addOne(main, type)], attributes: { axis: 1 } }),
  position_ids: ({ main, step }, current, type) => {
    const position = step.addNode('Slice', {
      inputs: [
        current,
        main.addInteger(-1),
        main.addInteger(Number.MAX_SAFE_INTEGER),
        main.addInteger(1),
      ],
    })
    return step.addNode('Add', { inputs: [position, addOne(main, type)] })
  },
  use_cache_branch: ({ main, step }) =>
    step.addNode('Identity', {
      inputs: [
        main.addTensor({
          name: 'loop/true',
          type: 'bool',
          dimensions: [1],
          bytes: Uint8Array.of(1),
        }),
      ],
    }),
}

/** Finds the cache by the names of exports, those of hybrids (`past_conv`, `past_ssm`) included. */
function cacheStates({ inputs, outputs }: ParsedModel): readonly LoopState[] {
  const pastInputs = inputs.filter(({ name }) => name.startsWith('past'))
  if (pastInputs.length === 0)
    throw new NanoError(
      'unsupported',
      'onnx-graph: the ONNX model has no KV cache among its inputs. ' +
        'Export it with one: optimum calls that text-generation-with-past.',
    )
  return pastInputs.map((past) => {
    const name = past.name.replace(/^past(_key_values)?/, 'present')
    const present = outputs.find((output) => output.name === name)
    if (!present)
      throw new NanoError(
        'bad-model',
        `onnx-graph: the ONNX model has the input ${past.name} and no output ${name}. ` +
          'Export it again.',
      )
    const next = `loop/step/${name}`
    return {
      ...state(past.name, { type: past.encodedType, next, nextType: present.encodedType }),
      result: name,
    }
  })
}

function state(
  name: string,
  {
    type,
    next,
    nextType = type,
  }: Pick<LoopState, 'type' | 'next'> & Partial<Pick<LoopState, 'nextType'>>,
): LoopState {
  return { name, type, next, nextType, first: name, result: `loop/last/${name}` }
}

/** Adds the number one, `[1, 1]`. */
function addOne(main: GraphBuilder, type: OnnxType): string {
  const values = type === 'int32' ? Int32Array.of(1) : BigInt64Array.of(1n)
  return main.addTensor({
    name: `loop/one/${type}`,
    type,
    dimensions: [1, 1],
    bytes: new Uint8Array(values.buffer),
  })
}
