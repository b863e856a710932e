import { readFile } from 'node:fs/promises'
import { NanoError } from '@nano/core'
import { inspectNodes, type NodeFacts } from '@nano/onnx-graph'
import type { ModelFolder } from './model-folder.ts'

interface CheckedModel extends Pick<
  ModelFolder,
  'name' | 'path' | 'isBuilt' | 'attentionWindow' | 'trainedLength'
> {
  /** Texts up to this length have positions of their own. */
  readonly shortLength?: number | undefined
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
  if (!model.isBuilt) return choosesByLength(facts) ? {} : limitPositions(model)
  assertAttention(model, facts)
  return limitPositions({ ...model, shortLength: findSwitchLength(facts) })
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

/** Whether a graph has a branch for long texts; one for its cache has an input that chooses. */
function choosesByLength({ operators, readValues }: NodeFacts): boolean {
  return operators.has('If') && !readValues.has('use_cache_branch')
}

/**
 * The length of a text up to which a graph of the model builder takes the frequencies of short
 * texts; undefined where it has one kind of them. The builder names constants by their value.
 */
function findSwitchLength(facts: NodeFacts): number | undefined {
  if (!choosesByLength(facts)) return undefined
  const lengths = [...facts.bounds].map((name) => Number(/\/INT64\/(\d+)$/.exec(name)?.[1]))
  return lengths.find(Number.isFinite)
}

/**
 * Limits the context to short texts, whose positions have frequencies of their own. A traced graph
 * knows no others. In a graph that chooses, the KV cache of a text that grows keeps the positions
 * that the short one had, and so do long prompts, which are read in pieces.
 */
function limitPositions({
  name,
  shortLength = Infinity,
  trainedLength = Infinity,
  contextLength,
}: CheckedModel): Pick<ModelFolder, 'trainedLength'> {
  if (shortLength >= trainedLength) return {}
  if (contextLength === undefined || contextLength <= shortLength)
    return { trainedLength: shortLength }
  throw new NanoError(
    'unsupported',
    `onnx: contextLength is ${contextLength}, and ${name} has the positions of its model in ` +
      `texts of up to ${shortLength} tokens only. Ask for no more, or use @nano/llama-cpp.`,
  )
}
