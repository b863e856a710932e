import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { rememberThreads } from '../../src/node/thread-cache.ts'

const counts = { prefill: 4, decode: 1, decodeTogether: 2 }
const onQuietMachine = () => 0
let folder: string
let measureCount: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nano-threads-'))
  vi.stubEnv('NANO_CACHE', folder)
  measureCount = 0
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function measure() {
  measureCount++
  return counts
}

it('measures a model once, and each other one again', async () => {
  for (const model of ['a', 'a', 'b', 'a'])
    expect(await rememberThreads([model], measure, onQuietMachine)).toEqual(counts)
  expect(measureCount).toBe(2)
  expect(await readdir(folder)).toEqual(['threads.json'])
})

it('measures again with another pool of threads, which changes what is fastest', async () => {
  await rememberThreads(['a'], measure, onQuietMachine)
  vi.stubEnv('UV_THREADPOOL_SIZE', '1')
  await rememberThreads(['a'], measure, onQuietMachine)
  expect(measureCount).toBe(2)
})

it('keeps nothing that was measured beside other work', async () => {
  let time = 0
  const onBusyMachine = () => (time += 1_000)
  for (let index = 0; index < 2; index++) await rememberThreads(['a'], measure, onBusyMachine)
  expect(measureCount).toBe(2)
  expect(await readdir(folder)).toEqual([])
})

it('measures again where the file is not one that it wrote', async () => {
  const path = join(folder, 'threads.json')
  for (const text of ['', '{"a":', '[]', '{"a":{"prefill":0}}']) {
    await writeFile(path, text)
    expect(await rememberThreads(['a'], measure, onQuietMachine)).toEqual(counts)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({})
  }
  expect(measureCount).toBe(4)
})

it('measures each time where no file can be written', async () => {
  await writeFile(join(folder, 'file'), '')
  vi.stubEnv('NANO_CACHE', join(folder, 'file', 'below'))
  for (let index = 0; index < 2; index++)
    expect(await rememberThreads(['a'], measure, onQuietMachine)).toEqual(counts)
  expect(measureCount).toBe(2)
})
