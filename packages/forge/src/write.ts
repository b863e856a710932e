import { open, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { NanoError } from '@nano/core'
import { check } from './check.ts'
import type { GgufContents } from './gguf.ts'
import { aligned, encodeHeader, tensorSize } from './header.ts'
import { buffersFor, tensorBytes } from './tensor-bytes.ts'

/** How far a file is, in bytes. */
export interface WriteProgress {
  readonly written: number
  readonly total: number
}

/** What to write, and where. */
export interface WriteOptions extends GgufContents {
  /** A file there is replaced once the new one is whole. */
  readonly path: string
  /** Called after every 4 MiB or so, and with `written` equal to `total` at the end. */
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Writes a GGUF file and gives its size in bytes; memory stays at some megabytes whatever the size.
 * It is written as `path.part` and renamed when whole; after a failure or an abort there is neither.
 * Throws `invalid-request` for what cannot be a file and `out-of-memory` for want of disk, both before the first byte; `not-found` for a missing folder.
 */
export async function writeGguf({ path, metadata, tensors, onProgress, signal }: WriteOptions): Promise<number> {
  const contents = { metadata, tensors }
  check(contents)
  signal?.throwIfAborted()
  const header = encodeHeader(contents)
  const total = header.length + weightsSize(contents)
  await assertRoom(path, total)

  const part = `${path}.part`
  const file = await open(part, 'w').catch((cause: unknown) => {
    throw unwritable(path, cause)
  })
  try {
    await writeAll({ file, chunks: chunks(contents, header), total, ...(onProgress && { onProgress }), ...(signal && { signal }) })
    await file.close()
    await rename(part, path)
    return total
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(part, { force: true })
    throw error instanceof Error && 'syscall' in error ? unwritable(path, error) : error
  }
}

/** Bytes that `writeGguf` would write. */
export function ggufSize(contents: GgufContents): number {
  check(contents)
  return encodeHeader(contents).length + weightsSize(contents)
}

function weightsSize({ tensors }: GgufContents): number {
  return tensors.reduce((sum, tensor) => sum + aligned(tensorSize(tensor)), 0)
}

function* chunks({ tensors }: GgufContents, header: Uint8Array): Generator<Uint8Array> {
  yield header
  const buffers = buffersFor(tensors)
  for (const tensor of tensors) {
    yield* tensorBytes(tensor, buffers)
    const size = tensorSize(tensor)
    yield new Uint8Array(aligned(size) - size)
  }
}

interface Writing {
  readonly file: FileHandle
  readonly chunks: Iterable<Uint8Array>
  readonly total: number
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/** One chunk is made while the one before is written. */
async function writeAll({ file, chunks, total, onProgress, signal }: Writing): Promise<void> {
  let writing: Promise<void> = Promise.resolve()
  let written = 0
  try {
    for (const chunk of chunks) {
      await writing
      signal?.throwIfAborted()
      if (written > 0) onProgress?.({ written, total })
      writing = writeChunk(file, chunk)
      written += chunk.length
    }
    await writing
  } finally {
    // A row that throws leaves a write behind, which must end before the file is closed.
    await writing.catch(() => undefined)
  }
  signal?.throwIfAborted()
  onProgress?.({ written, total })
}

async function writeChunk(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

async function assertRoom(path: string, total: number): Promise<void> {
  const folder = dirname(resolve(path))
  const { bavail, bsize } = await statfs(folder).catch((cause: unknown) => {
    throw unwritable(path, cause)
  })
  const free = bavail * bsize
  if (free < total) throw new NanoError('out-of-memory', `forge: ${path} takes ${total} bytes, and ${folder} has ${free} free. Make room, or choose a smaller quantisation.`)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) throw new NanoError('invalid-request', `forge: ${path} is a folder. Give the path of a file in it.`)
}

function unwritable(path: string, cause: unknown): NanoError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR') return new NanoError('not-found', `forge: there is no folder ${dirname(path)} for ${path}. Make it first.`, { cause })
  if (code === 'ENOSPC') return new NanoError('out-of-memory', `forge: the disk was full before ${path} was whole. Make room, or choose a smaller quantisation.`, { cause })
  return new NanoError('unavailable', `forge: ${path} cannot be written (${code}). Check the permissions of its folder.`, { cause })
}
