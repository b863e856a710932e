import { NanoError } from '@nano/core'
import { chooseToken } from './choose-token.ts'
import { encodeGraph, encodeNode, graphAttribute } from '../graph/encode-model.ts'
import { flat } from '../protobuf/flat.ts'
import { Graph } from '../graph/graph-builder.ts'
import { constants } from './loop-constants.ts'
import { loopInputs } from './loop-feeds.ts'
import { statesOf, type State } from './loop-states.ts'
import { onnxTypes } from '../graph/onnx-graph.ts'
import { bytes, integer, joined, nested, text, type Encoded } from '../protobuf/encode-fields.ts'
import { readOnnx, renamed, type ReadModel } from '../graph/read-model.ts'

/** The oldest operator set in which all that is added means what it does here. */
const oldest = 13

/**
 * Puts a decoder into a loop, so that one run reads tokens and then samples and reads several more,
 * its KV cache kept inside. Takes a model as transformers.js or onnxruntime-genai has it; weights
 * that lie beside it stay there, and what the loop is opened with must find them. Inputs: those of
 * a step, for one sequence, and `loopFeeds`. Outputs: `tokens`, int64 `[steps]` or fewer, the last
 * of them a stop id or -1 then, which leaves the choice to the caller; `present.{i}.key` and
 * `.value`; `logits` of the last step, `[1, 1, vocabulary]`. Throws `bad-model` for what is no
 * model, and `unsupported` for one that is no decoder with a KV cache, or older than operator set
 * 13.
 */
export function loopDecoder(model: Uint8Array): Uint8Array {
  const read = readOnnx(model)
  check(read)
  const main = new Graph('loop/')
  const body = new Graph('loop/step/')
  for (const [name, type] of Object.entries(loopInputs)) main.input(name, type, [name])
  main.output('tokens', 'int64', ['tokens'])
  const step = body.input('loop/step/index', 'int64', [])
  body.input('loop/step/condition', 'bool', [])

  const known = constants(main)
  const { last, logits } = lastLogits(body, known.integer)
  const token = chooseToken(body, { logits, sampled: 'loop/step/sampled', step }, known)
  const states = statesOf(read, { main, body, token, last, integer: known.integer })
  body.output(goesOn(main, body, { token, none: known.integer(-1) }), 'bool', [])
  const scalar = main.tensor({
    name: 'loop/scalar',
    type: 'int64',
    dimensions: [0],
    bytes: new Uint8Array(0),
  })
  body.add('Reshape', { inputs: [token, scalar], outputs: ['loop/step/token'] })

  return flat(
    joined([
      ...read.head.map(({ whole }) => bytes(whole)),
      nested(7, mainGraph(read, main, { states, body: bodyGraph(read, body, states) })),
    ]),
  )
}

function check({ operatorSet, inputs, outputs }: ReadModel): void {
  const refused = (why: string) => new NanoError('unsupported', `forge: this ONNX model ${why}`)
  const ids = inputs.find(({ name }) => name === 'input_ids')
  const logits = outputs.find(({ name }) => name === 'logits')
  if (ids?.type !== 'int64' && ids?.type !== 'int32')
    throw refused('has no whole numbers input_ids among its inputs. Give a decoder of text.')
  if (!logits?.type || (logits.dimensions?.length ?? 3) !== 3)
    throw refused(
      'has no logits of the shape [batch, sequence, vocabulary] among its outputs. Give a decoder of text.',
    )
  if (operatorSet < oldest)
    throw refused(
      `is of operator set ${operatorSet}, and a loop needs ${oldest} or later. Export it anew.`,
    )
  const taken = inputs.find(({ name }) => Object.hasOwn(loopInputs, name))
  if (taken)
    throw refused(
      `has an input ${taken.name} already, which the loop wants for itself. Give the decoder before it was put in a loop.`,
    )
}

/** Of the step's last position: as they are, and as the choice takes them. */
function lastLogits(
  body: Graph,
  integer: (value: number) => string,
): { readonly last: string; readonly logits: string } {
  const last = body.add('Slice', {
    inputs: ['loop/step/logits', integer(-1), integer(Number.MAX_SAFE_INTEGER), integer(1)],
  })
  const row = body.add('Reshape', { inputs: [last, integer(-1)] })
  const known = body.add('Slice', { inputs: [row, integer(0), 'vocabulary_size', integer(0)] })
  return { last, logits: body.cast(known, 'float32') }
}

/** Whether there is a next step: the token is chosen, and stops nothing. */
function goesOn(
  main: Graph,
  body: Graph,
  { token, none }: { readonly token: string; readonly none: string },
): string {
  const ends = main.add('Concat', { inputs: ['stop_ids', none], attributes: { axis: 0 } })
  const ended = body.cast(body.add('Equal', { inputs: [ends, token] }), 'int32')
  const some = body.add('ReduceMax', { inputs: [ended], attributes: { keepdims: 0 } })
  return body.add('Not', { inputs: [body.cast(some, 'bool')] })
}

/** The decoder's own nodes, and then what was added. */
function bodyGraph(
  { nodes, remarks, inputs, outputs }: ReadModel,
  body: Graph,
  states: readonly State[],
): Encoded {
  const carried = new Set(states.map(({ name }) => name))
  const names = new Map(
    [...inputs.filter(({ name }) => carried.has(name)), ...outputs].map(({ name }) => [
      name,
      `loop/step/${name}`,
    ]),
  )
  return joined([
    ...nodes.map((node) => nested(1, renamed(node, names))),
    encodeGraph(body.contents('step')),
    ...states.map(({ name, type }) => nested(11, text(1, `loop/step/${name}`), type)),
    ...states.map(({ next, nextType }) => nested(12, text(1, next), nextType)),
    nested(
      12,
      text(1, 'loop/step/token'),
      nested(2, nested(1, integer(1, onnxTypes.int64.id), nested(2))),
    ),
    ...remarks.map(({ whole }) => bytes(whole)),
  ])
}

/** Weights stand here, outside of the loop, and so do inputs that are the same at every step. */
function mainGraph(
  { tensors, inputs, outputs }: ReadModel,
  main: Graph,
  { states, body }: { readonly states: readonly State[]; readonly body: Encoded },
): Encoded {
  const given = new Set(states.map(({ result }) => result))
  const loop = encodeNode(
    {
      operator: 'Loop',
      inputs: ['steps', '', ...states.map(({ first }) => first)],
      outputs: [...states.map(({ result }) => result), 'tokens'],
    },
    'loop',
  )
  return joined([
    ...inputs.map(({ name, encodedType }) => nested(11, text(1, name), encodedType)),
    encodeGraph(main.contents('loop')),
    nested(1, loop, graphAttribute('body', body)),
    ...outputs
      .filter(({ name }) => given.has(name))
      .map(({ name, encodedType }) => nested(12, text(1, name), encodedType)),
    ...tensors.map(({ whole }) => bytes(whole)),
  ])
}
