import { open, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type GenerateInput, type Model, NanoError } from '@nano/core'
import { z } from 'zod'
import type { LlamaCppEngine } from './engine.ts'
import type { ModelFile } from './model-file.ts'

interface Opened {
  readonly engine: LlamaCppEngine
  readonly file: ModelFile
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
  /** As a request has it: messages, tools, reasoning. */
  readonly conversation: GenerateInput
}

/** A saved state. */
export interface SavedState {
  /** Tokens whose keys and values are in the file. */
  readonly tokens: number
  /** Size of the file. */
  readonly bytes: number
}

/**
 * Saves the KV cache of a conversation to a file, reading first what of it is not in the cache yet. What the conversation says is in
 * the file as token ids: keep it as you keep the conversation.
 * Throws `invalid-request` for a model that is not as `openLlamaCpp` gave it, and whatever counting its tokens throws.
 */
export async function saveState(model: Model, { path, conversation, signal = AbortSignal.any([]) }: SaveStateOptions): Promise<SavedState> {
  const { engine, ...here } = behind(model)
  const { tokens } = await model.render(begun(conversation))
  if (tokens.length >= engine.info.contextLength) throw new NanoError('context-overflow', `${engine.name}: the conversation has ${tokens.length} tokens, and the context room for ${engine.info.contextLength}`)
  const target = resolve(path)

  return engine.onRead(tokens, { signal }, async ({ sequence }) => {
    try {
      const { fileSize } = await sequence.saveStateToFile(target)
      const handle = await open(target, 'a')
      try {
        await handle.write(trailer({ ...fingerprint(here), tokens: tokens.length, stateBytes: fileSize }))
        return { tokens: tokens.length, bytes: (await handle.stat()).size }
      } finally {
        await handle.close()
      }
    } catch (cause) {
      await rm(target, { force: true })
      throw new NanoError('not-found', `${engine.name}: the state could not be written to ${target} (${cause instanceof Error ? cause.message : String(cause)}). Check that the folder is there and has room.`, { cause })
    }
  })
}

/**
 * Takes up a state that `saveState` wrote: the next request that goes on from that conversation finds it in the KV cache.
 * Throws `not-found` for no such file, `bad-model` for one that is cut short, no saved state, or of another model, quantisation or
 * type of KV cache, and `context-overflow` for one longer than the context.
 */
export async function loadState(model: Model, { path, signal = AbortSignal.any([]) }: LoadStateOptions): Promise<SavedState> {
  const { engine, ...here } = behind(model)
  const target = resolve(path)
  const { tokens, bytes, ...saved } = await readTrailer(target, engine.name)
  const print = fingerprint(here)
  const other = (Object.keys(print) as (keyof typeof print)[]).find((key) => print[key] !== saved[key])
  if (other) throw new NanoError('bad-model', `${engine.name}: ${target} was saved by a model whose ${other} is ${saved[other]}, and here it is ${print[other]}. Only the same file, opened with the same parallel and kvCache, can take it up.`)
  if (tokens >= engine.info.contextLength) throw new NanoError('context-overflow', `${engine.name}: ${target} holds ${tokens} tokens, and the context room for ${engine.info.contextLength}. Open the model with a longer contextLength.`)

  return engine.onSequence([], { signal }, async (slot) => {
    await slot.sequence.loadStateFromFile(target, { acceptRisk: true })
    slot.prompt = slot.sequence.contextTokens
    return { tokens, bytes }
  })
}

/** A conversation that ends with a reply, so that its prompt ends with that too, and not with the header of another. */
function begun(conversation: GenerateInput): GenerateInput {
  if (typeof conversation === 'string' || typeof conversation.messages === 'string') return conversation
  const last = conversation.messages.at(-1)
  if (last?.role !== 'assistant') return conversation
  // Thoughts are left out of the history, and so of the next prompt.
  const { reasoning: _, ...reply } = last
  return { ...conversation, messages: [...conversation.messages.slice(0, -1), { ...reply, continue: true }] }
}

function behind(model: Model): Opened {
  const known = opened.get(model)
  if (known) return known
  throw new NanoError('invalid-request', `${model.name}: only a model as openLlamaCpp gave it has a state; give that, not what .with() made of it`)
}

/** What a state depends on. The runtime checks some of it, and may end the process over the rest. */
function fingerprint({ file: { name, size, quantisation = 'unknown', parameters }, kvCache, parallel }: Omit<Opened, 'engine'>) {
  return { name, size, quantisation, parameters, kvCache, parallel }
}

const trailerSchema = z.strictObject({
  name: z.string(), size: z.number(), quantisation: z.string(), parameters: z.number(), kvCache: z.string(), parallel: z.number(), tokens: z.int().positive(), stateBytes: z.int().positive(),
})
const magic = 'nano-state-1'

/** Behind the runtime's own data, which it reads from the front: a line of JSON, its length in four bytes, and the magic. */
function trailer(content: z.infer<typeof trailerSchema>): Buffer {
  const json = Buffer.from(JSON.stringify(content))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return Buffer.concat([json, length, Buffer.from(magic)])
}

async function readTrailer(path: string, name: string): Promise<z.infer<typeof trailerSchema> & SavedState> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new NanoError('not-found', `${name}: there is no saved state ${path}`, { cause })
  })
  const bad = (cause?: unknown) => new NanoError('bad-model', `${name}: ${path} is no saved state, or was cut short. Save it again.`, { cause })
  if (!found.isFile() || found.size < magic.length + 4) throw bad()
  const handle = await open(path)
  try {
    const end = Buffer.alloc(magic.length + 4)
    await handle.read(end, 0, end.length, found.size - end.length)
    const length = end.readUInt32LE(0)
    const stateBytes = found.size - end.length - length
    if (end.toString('latin1', 4) !== magic || stateBytes <= 0) throw bad()
    const json = Buffer.alloc(length)
    await handle.read(json, 0, length, stateBytes)
    const content = trailerSchema.parse(JSON.parse(json.toString()))
    if (content.stateBytes !== stateBytes) throw bad()
    return { ...content, bytes: found.size }
  } catch (cause) {
    throw NanoError.is(cause) ? cause : bad(cause)
  } finally {
    await handle.close()
  }
}
