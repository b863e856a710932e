import { NanoError } from '@nano/core'
import type { Graph } from '../graph/graph-builder.ts'
import { onnxTypes, type OnnxType } from '../graph/onnx-graph.ts'
import { integer as integerField, nested, type Encoded } from '../protobuf/encode-fields.ts'
import type { ReadModel } from '../graph/read-model.ts'

/** What one step of the loop hands to the next; `loop/step/` and its name at the step's begin. */
export interface State {
  readonly name: string
  /** Its field `type`, at a step's begin. */
  readonly type: Encoded
  /** At a step's end. */
  readonly next: string
  readonly nextType: Encoded
  /** What the first step is given. */
  readonly first: string
  /** After the last step. */
  readonly result: string
}

interface Step {
  readonly main: Graph
  readonly body: Graph
  /** The token chosen, int64 `[1]`. */
  readonly token: string
  /** Logits of the last position. */
  readonly last: string
  /** A constant vector of one number. */
  readonly integer: (value: number) => string
}

/**
 * All that changes from step to step: inputs that go on by one, the cache, what was sampled, and
 * the logits, of which the last are wanted.
 */
export function statesOf(read: ReadModel, step: Step): readonly State[] {
  const { main, body, token, last } = step
  const goingOn = read.inputs.flatMap((input) => {
    const next = goesOn[input.name]
    return next && input.type
      ? [
          state(input.name, {
            type: input.encodedType,
            next: next(step, `loop/step/${input.name}`, input.type),
            nextType: typeOf(input.type),
          }),
        ]
      : []
  })
  const sampled = state('sampled', {
    type: typeOf('int64'),
    next: body.add('Concat', { inputs: ['loop/step/sampled', token], attributes: { axis: 0 } }),
  })

  const logits = read.outputs.find(({ name }) => name === 'logits')?.type ?? 'float32'
  const none = main.tensor({
    name: 'loop/no_logits',
    type: logits,
    dimensions: [1, 0, 1],
    bytes: new Uint8Array(0),
  })
  return [
    ...goingOn,
    sampled,
    {
      name: 'last_logits',
      type: typeOf(logits),
      next: last,
      nextType: typeOf(logits),
      first: none,
      result: 'logits',
    },
    ...cache(read),
  ]
}

type Next = (step: Step, before: string, type: OnnxType) => string

/**
 * What the inputs of a graph become after a step, which may have read several tokens, for one that
 * reads the token it chose.
 */
const goesOn: Readonly<Record<string, Next>> = {
  input_ids: ({ body, token, main }, _, type) =>
    body.cast(body.add('Reshape', { inputs: [token, square(main)] }), type),
  attention_mask: ({ body, main }, before, type) =>
    body.add('Concat', { inputs: [before, one(main, type)], attributes: { axis: 1 } }),
  position_ids: ({ body, main, integer }, before, type) => {
    const position = body.add('Slice', {
      inputs: [before, integer(-1), integer(Number.MAX_SAFE_INTEGER), integer(1)],
    })
    return body.add('Add', { inputs: [position, one(main, type)] })
  },
  use_cache_branch: ({ body, main }) =>
    body.add('Identity', {
      inputs: [
        main.tensor({ name: 'loop/true', type: 'bool', dimensions: [1], bytes: Uint8Array.of(1) }),
      ],
    }),
}

/** By the names of the two families, and of the hybrids' `past_conv` and `past_ssm`. */
function cache({ inputs, outputs }: ReadModel): readonly State[] {
  const states = inputs
    .filter(({ name }) => name.startsWith('past'))
    .map((past) => {
      const name = past.name.replace(/^past(_key_values)?/, 'present')
      const present = outputs.find((output) => output.name === name)
      if (!present)
        throw new NanoError(
          'bad-model',
          `forge: this ONNX model has the input ${past.name} and no output ${name}. Export it anew.`,
        )
      return {
        name: past.name,
        type: past.encodedType,
        next: `loop/step/${name}`,
        nextType: present.encodedType,
        first: past.name,
        result: name,
      }
    })
  if (states.length === 0)
    throw new NanoError(
      'unsupported',
      'forge: this ONNX model has no KV cache among its inputs. Export it with one: optimum calls that text-generation-with-past.',
    )
  return states
}

function state(
  name: string,
  {
    type,
    next,
    nextType = type,
  }: { readonly type: Encoded; readonly next: string; readonly nextType?: Encoded },
): State {
  return { name, type, next, nextType, first: name, result: `loop/last/${name}` }
}

/** A tensor of any shape. */
function typeOf(type: OnnxType): Encoded {
  return nested(2, nested(1, integerField(1, onnxTypes[type].id)))
}

function one(main: Graph, type: OnnxType): string {
  const values = type === 'int32' ? Int32Array.of(1) : BigInt64Array.of(1n)
  return main.tensor({
    name: `loop/one/${type}`,
    type,
    dimensions: [1, 1],
    bytes: new Uint8Array(values.buffer),
  })
}

function square(main: Graph): string {
  return main.tensor({
    name: 'loop/square',
    type: 'int64',
    dimensions: [2],
    bytes: new Uint8Array(BigInt64Array.of(1n, 1n).buffer),
  })
}
