import { readFile } from 'node:fs/promises'
import { NanoError } from '@nano/core'
import { inspectNodes, type NodeFacts } from '@nano/onnx-graph'
import type { ModelFolder } from './model-folder.ts'

interface CheckedModel extends Pick<
  ModelFolder,
  'name' | 'path' | 'isBuilt' | 'attentionWindow' | 'shortLength' | 'trainedLength'
> {
  /** The option of the caller. */
  readonly contextLength?: number | undefined
}

/**
 * Looks for what exporters leave out of a graph without saying so: other tokens would come out.
 * Returns the context in which the graph is right, where it is shorter than the model's. Throws
 * `unsupported` for a graph that is never right, and for a longer context.
 */
export async function checkGraph(model: CheckedModel): Promise<Pick<ModelFolder, 'trainedLength'>> {
  if (!model.isBuilt && model.shortLength === undefined) return {}
  const facts = inspectNodes(await readFile(model.path))
  if (model.isBuilt) {
    assertAttention(model, facts)
    return {}
  }
  return limitPositions(model, facts)
}

/** For fp16 on the CPU, the model builder writes an attention that lacks what some models need. */
function assertAttention(
  { name, attentionWindow }: CheckedModel,
  { operators, readValues }: NodeFacts,
): void {
  if (!operators.has('MultiHeadAttention')) return
  const lacksWindow = attentionWindow !== undefined && !operators.has('GroupQueryAttention')
  const lacksPositions = !operators.has('RotaryEmbedding') && !readValues.has('position_ids')
  if (!lacksWindow && !lacksPositions) return
  throw new NanoError(
    'unsupported',
    `onnx: the graph of ${name} lacks the ` +
      (lacksWindow ? `attention window of ${attentionWindow.size} tokens` : 'positions of tokens') +
      ' of its model, as exports of onnxruntime-genai in fp16 for the CPU do. ' +
      'Export it in fp32 or int4, or in fp16 for a GPU.',
  )
}

/**
 * A traced graph has the frequencies of short texts alone. One that chooses by the length has a
 * branch for it.
 */
function limitPositions(
  { name, shortLength = Infinity, trainedLength = Infinity, contextLength }: CheckedModel,
  { operators, readValues }: NodeFacts,
): Pick<ModelFolder, 'trainedLength'> {
  const choosesByLength = operators.has('If') && !readValues.has('use_cache_branch')
  if (choosesByLength || shortLength >= trainedLength) return {}
  if (contextLength === undefined || contextLength <= shortLength)
    return { trainedLength: shortLength }
  throw new NanoError(
    'unsupported',
    `onnx: contextLength is ${contextLength}, and the graph of ${name} computes positions up to ` +
      `${shortLength} tokens only, as exports of optimum do. Ask for less, or export the model ` +
      'with onnxruntime-genai.',
  )
}
