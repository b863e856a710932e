import { resolve } from 'node:path'
import { type GenerateInput, type GenerateRequest, Model, NanoError } from '@nano/core'
import { parseOptions, requestSchema } from '@nano/core/driver'
import * as z from 'zod'
import type { LlamaCppEngine } from '../engine/engine.ts'
import type { Lora } from '../gguf/lora-file.ts'
import type { ModelFile } from '../gguf/model-file.ts'
import { assertWritable, readTrailer, type StateTrailer, writeState } from './state-file.ts'

interface Opened {
  readonly engine: LlamaCppEngine
  readonly file: ModelFile
  readonly loras: ReadonlyMap<string, Lora>
  readonly kvCache: string
  readonly parallel: number
}

/** What is behind the models that were opened here. */
const opened = new WeakMap<Model, Opened>()

/** The model, whose state can now be saved. */
export function remember(model: Model, behind: Opened): Model {
  opened.set(model, behind)
  return model
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
 * Saves the KV cache of a conversation to a file, reading first what of it is not in the cache yet.
 * What the conversation says is in the file as token ids: keep it as you keep the conversation.
 * What was at the path stays until the state is whole. Throws `invalid-request` for options that do
 * not hold, a folder, and a model that is not as `openLlamaCpp` gave it, `not-found` for a folder
 * that is not there, `unavailable` where it cannot be written, `closed`, and whatever counting its
 * tokens throws; `signal.reason` on abort.
 */
export async function saveState(model: Model, input: SaveStateOptions): Promise<SavedState> {
  const { engine, ...here } = behind(model)
  const { path, conversation, signal } = parseOptions(engine.name, saveSchema, input)
  signal.throwIfAborted()
  const target = resolve(path)
  const { tokens } = await model.render(begun(conversation))
  await assertWritable(target, engine.name)
  if (tokens.length >= engine.info.contextLength)
    throw new NanoError(
      'context-overflow',
      `${engine.name}: the conversation has ${tokens.length} tokens, and the context room for ${engine.info.contextLength}`,
    )

  const { lora } = conversation
  const trailer = { ...fingerprint(here, lora), tokens: tokens.length }
  return engine.onRead(tokens, { signal, lora }, async ({ sequence }) => {
    const bytes = await writeState({
      path: target,
      name: engine.name,
      trailer,
      signal,
      write: (part) => sequence.saveStateToFile(part),
    })
    return { tokens: tokens.length, bytes }
  })
}

/**
 * Takes up a state that `saveState` wrote: the next request that goes on from that conversation,
 * with the same LoRA adapter, finds it in the KV cache. Throws `invalid-request` for options that
 * do not hold, `not-found` for no such file, `bad-model` for one that is not as it was saved, or of
 * another model, quantization, adapter or type of KV cache, `context-overflow` for one longer than
 * the context, and `closed`; `signal.reason` on abort.
 */
export async function loadState(model: Model, input: LoadStateOptions): Promise<SavedState> {
  const { engine, ...here } = behind(model)
  const { path, signal } = parseOptions(engine.name, loadSchema, input)
  signal.throwIfAborted()
  const target = resolve(path)
  const { bytes, ...saved } = await readTrailer(target, engine.name, signal)
  const lora = saved.lora?.name
  if (lora !== undefined && !here.loras.has(lora))
    throw new NanoError(
      'bad-model',
      `${engine.name}: ${target} was saved with the LoRA adapter ${lora}, which this model was not opened with. Open it with that.`,
    )
  const print = fingerprint(here, lora)
  const other = (Object.keys(print) as (keyof typeof print)[]).find(
    (key) => JSON.stringify(print[key]) !== JSON.stringify(saved[key]),
  )
  if (other)
    throw new NanoError(
      'bad-model',
      `${engine.name}: ${target} was saved by a model whose ${other} is ${shown(saved[other])}, and here it is ${shown(print[other])}. Only the same file, opened with the same parallel and kvCache, can take it up.`,
    )
  const { tokens } = saved
  if (tokens >= engine.info.contextLength)
    throw new NanoError(
      'context-overflow',
      `${engine.name}: ${target} holds ${tokens} tokens, and the context room for ${engine.info.contextLength}. Open the model with a longer contextLength.`,
    )

  return engine.onSequence({ signal, lora }, async (slot) => {
    // Where the runtime fails to load, it forgets what the sequence holds and leaves it there:
    // nothing could be read into it any more.
    await slot.sequence.clearHistory()
    try {
      await slot.sequence.loadStateFromFile(target, { acceptRisk: true })
    } catch (cause) {
      throw new NanoError(
        'bad-model',
        `${engine.name}: the runtime did not take up ${target} (${cause instanceof Error ? cause.message : String(cause)}). Save it again.`,
        { cause },
      )
    }
    slot.prompt = slot.sequence.contextTokens
    return { tokens, bytes }
  })
}

/**
 * A conversation that ends with a reply, so that its prompt ends with that too, and not with the
 * header of another.
 */
function begun(conversation: GenerateRequest): GenerateRequest {
  const last = conversation.messages.at(-1)
  if (last?.role !== 'assistant') return conversation
  // Thoughts are left out of the history, and so of the next prompt.
  const { reasoning: _, ...reply } = last
  return {
    ...conversation,
    messages: [...conversation.messages.slice(0, -1), { ...reply, continue: true }],
  }
}

function behind(model: unknown): Opened {
  const known = model instanceof Model ? opened.get(model) : undefined
  if (known) return known
  throw new NanoError(
    'invalid-request',
    `${model instanceof Model ? model.name : 'llama-cpp'}: only a model as openLlamaCpp gave it has a state; give that, not what .with() made of it`,
  )
}

/**
 * What a state depends on. The runtime checks some of it, and may end the process over the rest.
 */
function fingerprint(
  {
    file: { name, size, quantization = 'unknown', parameters },
    loras,
    kvCache,
    parallel,
  }: Omit<Opened, 'engine'>,
  lora: string | undefined,
): Omit<StateTrailer, 'tokens'> {
  const adapter = lora === undefined ? undefined : loras.get(lora)
  return {
    name,
    size,
    quantization,
    parameters,
    kvCache,
    parallel,
    lora:
      lora === undefined || !adapter
        ? undefined
        : { name: lora, size: adapter.size, scale: adapter.scale },
  }
}

function shown(value: StateTrailer[keyof StateTrailer]): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
