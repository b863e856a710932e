import { NanoError } from '@nano/core'
import {
  encodeGraph,
  encodeGraphAttribute,
  encodeNode,
  encodeValueType,
} from '../graph/encode-model.ts'
import { graphField } from '../graph/field-numbers.ts'
import { GraphBuilder } from '../graph/graph-builder.ts'
import { parseModel, type ParsedModel } from '../graph/parse-model.ts'
import { renameValues } from '../graph/rename-values.ts'
import { encodeParsedValue, encodeWithGraph } from '../graph/rewrite-model.ts'
import {
  concatFields,
  messageField,
  rawBytes,
  type EncodedMessage,
} from '../protobuf/encode-fields.ts'
import { chooseToken } from './choose-token.ts'
import { loopInputs } from './loop-feeds.ts'
import { addLoopStates, type LoopState } from './loop-states.ts'

/** The oldest operator set in which all operators that are added mean what they do here. */
const oldestOperatorSet = 13

/**
 * Puts a decoder into an ONNX `Loop`, so that one run reads tokens and then samples and reads
 * several more, with the KV cache kept inside. Takes a model as transformers.js or
 * onnxruntime-genai has it. Weights in a file beside the model stay there, and the session must
 * find them.
 *
 * Inputs: those of the decoder, for one sequence, and those of `createLoopFeeds`. Outputs:
 * - `tokens`, int64 `[steps]`, or fewer after a stop id or -1. A last token of -1 leaves the choice
 *   to the caller.
 * - `present.{i}.key` and `.value` after the last step.
 * - `logits` of the last step, `[1, 1, vocabulary]`.
 *
 * Throws `bad-model` for bytes that are not a model, and `unsupported` for a model that is not a
 * decoder with a KV cache or has an operator set older than 13.
 */
export function addTokenLoop(model: Uint8Array): Uint8Array {
  const parsedModel = parseModel(model)
  assertDecoder(parsedModel)
  const main = new GraphBuilder('loop/')
  const step = new GraphBuilder('loop/step/')
  for (const [name, type] of Object.entries(loopInputs)) main.addInput(name, type, [name])
  main.addOutput('tokens', 'int64', ['tokens'])
  const stepIndex = step.addInput('loop/step/index', 'int64', [])
  step.addInput('loop/step/condition', 'bool', [])

  const { lastLogits, logits } = addLastLogits(main, step)
  const replyTokens = 'loop/step/reply_tokens'
  const token = chooseToken({ main, step, logits, replyTokens, stepIndex })
  const states = addLoopStates(parsedModel, { main, step, token, lastLogits })
  step.addOutput(addCondition(main, step, token), 'bool', [])
  const noDimensions = main.addIntegers('loop/scalar', [])
  step.addNode('Reshape', { inputs: [token, noDimensions], outputs: ['loop/step/token'] })

  const body = encodeStepGraph(parsedModel, step, states)
  return encodeWithGraph(parsedModel, encodeMainGraph(parsedModel, main, { states, body }))
}

function assertDecoder({ operatorSet, inputs, outputs }: ParsedModel): void {
  const unsupported = (fault: string) =>
    new NanoError('unsupported', `onnx-graph: the ONNX model ${fault}`)
  const ids = inputs.find(({ name }) => name === 'input_ids')
  const logits = outputs.find(({ name }) => name === 'logits')
  if (ids?.type !== 'int64' && ids?.type !== 'int32')
    throw unsupported('has no input_ids of whole numbers among its inputs. Give a text decoder.')
  if (!logits?.type || (logits.dimensions?.length ?? 3) !== 3)
    throw unsupported(
      'has no logits of the shape [batch, sequence, vocabulary] among its outputs. ' +
        'Give a text decoder.',
    )
  if (operatorSet < oldestOperatorSet)
    throw unsupported(
      `has operator set ${operatorSet}, and a loop needs ${oldestOperatorSet} or later. ` +
        'Export it again.',
    )
  const conflict = inputs.find(({ name }) => Object.hasOwn(loopInputs, name))
  if (conflict)
    throw unsupported(
      `already has an input ${conflict.name}, which the loop adds. ` +
        'Give the decoder without a loop.',
    )
}

/** Adds the logits of the last position: all of them, and those that a token is chosen from. */
function addLastLogits(
  main: GraphBuilder,
  step: GraphBuilder,
): { readonly lastLogits: string; readonly logits: string } {
  const lastLogits = step.addNode('Slice', {
    inputs: [
      'loop/step/logits',
      main.addInteger(-1),
      main.addInteger(Number.MAX_SAFE_INTEGER),
      main.addInteger(1),
    ],
  })
  const row = step.addNode('Reshape', { inputs: [lastLogits, main.addInteger(-1)] })
  const ofVocabulary = step.addNode('Slice', {
    inputs: [row, main.addInteger(0), 'vocabulary_size', main.addInteger(0)],
  })
  return { lastLogits, logits: step.addCast(ofVocabulary, 'float32') }
}

/** Adds whether there is a next step: a token was chosen, and it does not stop the run. */
function addCondition(main: GraphBuilder, step: GraphBuilder, token: string): string {
  const ends = main.addNode('Concat', {
    inputs: ['stop_ids', main.addInteger(-1)],
    attributes: { axis: 0 },
  })
  const isEnd = step.addCast(step.addNode('Equal', { inputs: [ends, token] }), 'int32')
  const isAnyEnd = step.addNode('ReduceMax', { inputs: [isEnd], attributes: { keepdims: 0 } })
  return step.addNode('Not', { inputs: [step.addCast(isAnyEnd, 'bool')] })
}

/** Encodes the graph of a step: the decoder's nodes, and then those that were added. */
function encodeStepGraph(
  { nodes, valueInfos, inputs, outputs }: ParsedModel,
  step: GraphBuilder,
  states: readonly LoopState[],
): EncodedMessage {
  const stateNames = new Set(states.map(({ name }) => name))
  const changingValues = [...inputs.filter(({ name }) => stateNames.has(name)), ...outputs]
  const newNames = new Map(changingValues.map(({ name }) => [name, `loop/step/${name}`]))
  const token = { name: 'loop/step/token', encodedType: encodeValueType('int64', []) }
  return concatFields([
    ...nodes.map((node) => messageField(graphField.node, renameValues(node, newNames))),
    encodeGraph(step.build('step')),
    ...states.map(({ name, type }) =>
      encodeParsedValue(graphField.input, { name: `loop/step/${name}`, encodedType: type }),
    ),
    ...states.map(({ next, nextType }) =>
      encodeParsedValue(graphField.output, { name: next, encodedType: nextType }),
    ),
    encodeParsedValue(graphField.output, token),
    ...valueInfos.map(({ encoded }) => rawBytes(encoded)),
  ])
}

/** Encodes the graph around the loop, with the weights and the inputs that do not change. */
function encodeMainGraph(
  { tensors, inputs, outputs }: ParsedModel,
  main: GraphBuilder,
  { states, body }: { readonly states: readonly LoopState[]; readonly body: EncodedMessage },
): EncodedMessage {
  const results = new Set(states.map(({ result }) => result))
  const loop = encodeNode(
    {
      operator: 'Loop',
      inputs: ['steps', '', ...states.map(({ first }) => first)],
      outputs: [...states.map(({ result }) => result), 'tokens'],
    },
    'loop',
  )
  return concatFields([
    ...inputs.map((input) => encodeParsedValue(graphField.input, input)),
    encodeGraph(main.build('loop')),
    messageField(graphField.node, loop, encodeGraphAttribute('body', body)),
    ...outputs
      .filter(({ name }) => results.has(name))
      .map((output) => encodeParsedValue(graphField.output, output)),
    ...tensors.map(({ encoded }) => rawBytes(encoded)),
  ])
}
