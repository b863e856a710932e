import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { NanoError } from '@nano/core'
import * as z from 'zod'

const trailerSchema = z.strictObject({
  name: z.string(),
  size: z.number(),
  quantization: z.string(),
  parameters: z.number(),
  kvCache: z.string(),
  parallel: z.number(),
  /** The LoRA adapter that the conversation was read with. */
  lora: z.strictObject({ name: z.string(), size: z.number(), scale: z.number() }).optional(),
  tokens: z.int().positive(),
})

/** What a saved state says about itself. */
export type StateTrailer = z.infer<typeof trailerSchema>

/**
 * What follows the runtime's own data, which it reads from the front of the file: the trailer as
 * JSON, its length in four bytes, SHA-256 of all that, and the magic.
 */
const magic = 'nano-state-3'
const digestBytes = 32
const endBytes = 4 + digestBytes + magic.length

/** Throws `invalid-request` for a folder, `not-found` where the folder of the file is missing. */
export async function assertWritable(path: string, name: string): Promise<void> {
  const [target, folder] = await Promise.all(
    [path, dirname(path)].map((path) => stat(path).catch(() => undefined)),
  )
  if (target?.isDirectory())
    throw new NanoError(
      'invalid-request',
      `${name}: ${path} is a folder. Give the path of a file in it.`,
    )
  if (!folder?.isDirectory())
    throw new NanoError(
      'not-found',
      `${name}: there is no folder ${dirname(path)} to save a state in. Make it first.`,
    )
}

interface WriteOptions {
  readonly path: string
  /** Name of the engine, for messages. */
  readonly name: string
  readonly trailer: StateTrailer
  /** Writes the runtime's own data. */
  readonly write: (path: string) => Promise<unknown>
  readonly signal: AbortSignal
}

/** Counts the files that were written, whose temporary names must differ. */
let fileCount = 0

/**
 * Writes a state beside the file at `path`, and replaces that file when the new one is whole.
 * Returns the size in bytes.
 */
export async function writeState({
  path,
  name,
  trailer,
  write,
  signal,
}: WriteOptions): Promise<number> {
  const part = `${path}.${process.pid}-${++fileCount}.part`
  try {
    await write(part)
    const json = Buffer.from(JSON.stringify(trailer))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(json.length)
    const digest = (await hashFile(part, signal)).update(json).update(length).digest()
    const handle = await open(part, 'a')
    try {
      await handle.write(Buffer.concat([json, length, digest, Buffer.from(magic)]))
    } finally {
      await handle.close()
    }
    const { size } = await stat(part)
    signal.throwIfAborted()
    await rename(part, path)
    return size
  } catch (cause) {
    await rm(part, { force: true })
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new NanoError(
      'unavailable',
      `${name}: the state could not be written to ${path} (${reason}). Check that its folder ` +
        'may be written to and has room.',
      { cause },
    )
  }
}

/**
 * Reads the trailer, and checks the whole file. Throws `not-found` for a file that does not exist,
 * `bad-model` for one that is not as it was written.
 */
export async function readTrailer(
  path: string,
  name: string,
  signal: AbortSignal,
): Promise<StateTrailer & { readonly bytes: number }> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new NanoError('not-found', `${name}: there is no saved state ${path}`, { cause })
  })
  const badFileError = (cause?: unknown) =>
    new NanoError(
      'bad-model',
      `${name}: ${path} is not a saved state, or not as it was saved. Save it again.`,
      { cause },
    )
  if (!stats.isFile() || stats.size <= endBytes) throw badFileError()
  try {
    const handle = await open(path)
    try {
      const end = Buffer.alloc(endBytes)
      await handle.read(end, 0, endBytes, stats.size - endBytes)
      const length = end.readUInt32LE(0)
      const start = stats.size - endBytes - length
      if (end.toString('latin1', 4 + digestBytes) !== magic || start <= 0) throw badFileError()
      const json = Buffer.alloc(length)
      await handle.read(json, 0, length, start)
      const digest = (await hashFile(path, signal, start))
        .update(json)
        .update(end.subarray(0, 4))
        .digest()
      if (!digest.equals(end.subarray(4, 4 + digestBytes))) throw badFileError()
      return { ...trailerSchema.parse(JSON.parse(json.toString())), bytes: stats.size }
    } finally {
      await handle.close()
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw NanoError.is(cause) ? cause : badFileError(cause)
  }
}

/** SHA-256 of the first `bytes` of a file; takes half a second for a gigabyte. */
async function hashFile(
  path: string,
  signal: AbortSignal,
  bytes = Infinity,
): Promise<ReturnType<typeof createHash>> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { end: bytes - 1, signal }))
    hash.update(chunk as Buffer)
  return hash
}
