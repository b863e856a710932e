import { resolve } from 'node:path'
import { type GenerateInput, type GenerateRequest, Model, NanoError } from '@nano/core'
import { parseOptions, requestSchema } from '@nano/core/driver'
import * as z from 'zod'
import type { LlamaCppEngine } from '../engine/engine.ts'
import type { LoraFile } from '../gguf/lora-file.ts'
import type { ModelFile } from '../gguf/model-file.ts'
import { assertWritable, readTrailer, type StateTrailer } from './state-file.ts'

interface OpenedModel {
  readonly engine: LlamaCppEngine
  readonly file: Pick<ModelFile, 'name' | 'size' | 'parameters'> & {
    readonly quantization: ModelFile['quantization']
  }
  readonly loras: ReadonlyMap<string, LoraFile>
  readonly kvCache: string
  readonly parallel: number
}

/** What `openLlamaCpp` opened for each model that it gave. */
const openedModels = new WeakMap<Model, OpenedModel>()

/** Lets the state of a model be saved and loaded. */
export function rememberModel(model: Model, openedModel: OpenedModel): void {
  openedModels.set(model, openedModel)
}

/** Where a state is. */
export interface LoadStateOptions {
  readonly path: string
  /** Aborts the waiting for a sequence. */
  readonly signal?: AbortSignal
}

/** What to save, and where. */
export interface SaveStateOptions extends LoadStateOptions {
  /** As a request has it: messages, tools, reasoning, LoRA adapter. */
  readonly conversation: GenerateInput
}

/** A saved state. */
export interface SavedState {
  /** Tokens whose keys and values are in the file. */
  readonly tokens: number
  /** Size of the file. */
  readonly bytes: number
}

const loadSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'), 'expected a path, which has no zero byte'),
  signal: z.instanceof(AbortSignal).default(() => AbortSignal.any([])),
})
const saveSchema = loadSchema.extend({
  conversation: z.preprocess(
    (input) => (typeof input === 'string' ? { messages: input } : input),
    requestSchema,
  ),
})

/**
 * Saves the KV cache of a conversation to a file, and reads first what the cache does not hold yet.
 * The file holds the conversation as token ids: keep it as you keep the conversation. An older file
 * at the path stays until the new one is whole. Throws `invalid-request` for wrong options, for a
 * folder, and for a model that is not as `openLlamaCpp` gave it; `not-found` for a folder that does
 * not exist; `unavailable` where it cannot write; `closed`; and what `countTokens` throws. Rejects
 * with `signal.reason` on abort.
 */
export async function saveState(model: Model, options: SaveStateOptions): Promise<SavedState> {
  const { engine, ...openedModel } = findOpened(model)
  const { path, conversation, signal } = parseOptions(engine.name, saveSchema, options)
  signal.throwIfAborted()
  const target = resolve(path)
  const { tokens } = await model.render(continueLastReply(conversation))
  await assertWritable(target, engine.name)
  if (tokens.length >= engine.info.contextLength)
    throw new NanoError(
      'context-overflow',
      `${engine.name}: the conversation has ${tokens.length} tokens, and the context has room ` +
        `for ${engine.info.contextLength}`,
    )

  const { lora } = conversation
  const trailer = { ...computeFingerprint(openedModel, lora), tokens: tokens.length }
  const bytes = await engine.saveState(tokens, { path: target, trailer, lora, signal })
  return { tokens: tokens.length, bytes }
}

/**
 * Loads a state that `saveState` wrote: the next request that continues that conversation, with the
 * same LoRA adapter, finds it in the KV cache. Throws `invalid-request` for wrong options;
 * `not-found` for a file that does not exist; `bad-model` for a file that is not as it was saved,
 * or that belongs to another model, quantization, adapter or type of KV cache; `context-overflow`
 * for a state longer than the context; and `closed`. Rejects with `signal.reason` on abort.
 */
export async function loadState(model: Model, options: LoadStateOptions): Promise<SavedState> {
  const { engine, ...openedModel } = findOpened(model)
  const { path, signal } = parseOptions(engine.name, loadSchema, options)
  signal.throwIfAborted()
  const target = resolve(path)
  const { bytes, ...savedState } = await readTrailer(target, engine.name, signal)
  assertSameModel(savedState, openedModel, `${engine.name}: ${target}`)
  const { tokens } = savedState
  if (tokens >= engine.info.contextLength)
    throw new NanoError(
      'context-overflow',
      `${engine.name}: ${target} holds ${tokens} tokens, and the context has room for ` +
        `${engine.info.contextLength}. Open the model with a longer contextLength.`,
    )

  const lora = savedState.lora?.name
  await engine.loadState({ path: target, lora, signal })
  return { tokens, bytes }
}

function findOpened(model: unknown): OpenedModel {
  const openedModel = model instanceof Model ? openedModels.get(model) : undefined
  if (openedModel) return openedModel
  throw new NanoError(
    'invalid-request',
    `${model instanceof Model ? model.name : 'llama-cpp'}: only a model as openLlamaCpp gave it ` +
      'has a state. Give that model, not one that .with() made of it.',
  )
}

/** Marks a reply at the end to be continued, so that the prompt ends with it. */
function continueLastReply(conversation: GenerateRequest): GenerateRequest {
  const last = conversation.messages.at(-1)
  if (last?.role !== 'assistant') return conversation
  // Prompts leave out earlier thoughts, and so will that of the next request.
  const { reasoning: _, ...reply } = last
  return {
    ...conversation,
    messages: [...conversation.messages.slice(0, -1), { ...reply, continue: true }],
  }
}

type Fingerprint = Omit<StateTrailer, 'tokens'>

/** What a state depends on. The runtime checks some of it, and may end the process for the rest. */
function computeFingerprint(
  {
    file: { name, size, quantization = 'unknown', parameters },
    loras,
    kvCache,
    parallel,
  }: Omit<OpenedModel, 'engine'>,
  loraName: string | undefined,
): Fingerprint {
  const file = loraName === undefined ? undefined : loras.get(loraName)
  const lora =
    loraName === undefined || !file
      ? undefined
      : { name: loraName, size: file.size, scale: file.scale }
  return { name, size, quantization, parameters, kvCache, parallel, lora }
}

/** Throws `bad-model` for a state that belongs to another model, or to one opened otherwise. */
function assertSameModel(
  savedState: StateTrailer,
  openedModel: Omit<OpenedModel, 'engine'>,
  state: string,
): void {
  const lora = savedState.lora?.name
  if (lora !== undefined && !openedModel.loras.has(lora))
    throw new NanoError(
      'bad-model',
      `${state} was saved with the LoRA adapter ${lora}, which this model was not opened with. ` +
        'Open it with that adapter.',
    )
  const expected = computeFingerprint(openedModel, lora)
  for (const key of Object.keys(expected) as (keyof Fingerprint)[]) {
    const [there, here] = [printValue(savedState[key]), printValue(expected[key])]
    if (there !== here)
      throw new NanoError(
        'bad-model',
        `${state} was saved by a model whose ${key} is ${there}, and here it is ${here}. Only ` +
          'the same file, opened with the same parallel and kvCache, can load it.',
      )
  }
}

function printValue(value: Fingerprint[keyof Fingerprint]): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
