import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { rememberThreads } from '../../src/node/thread-cache.ts'

const counts = { prefill: 4, decode: 1, decodeTogether: 2 }
const onQuietMachine = () => () => 0
const cores = 8
const chooseWhenBusy = (freeCores: number) => freeCores
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
    expect(
      await rememberThreads({ subject: [model], cores, chooseWhenBusy, measure }, onQuietMachine),
    ).toEqual(counts)
  expect(measureCount).toBe(2)
  expect(await readdir(folder)).toEqual(['threads.json'])
})

it('measures again with another pool of threads, which changes what is fastest', async () => {
  await rememberThreads({ subject: ['a'], cores, chooseWhenBusy, measure }, onQuietMachine)
  vi.stubEnv('UV_THREADPOOL_SIZE', '1')
  await rememberThreads({ subject: ['a'], cores, chooseWhenBusy, measure }, onQuietMachine)
  expect(measureCount).toBe(2)
})

it('keeps nothing that was measured beside other work', async () => {
  const counts = [0, 1, 0, 1]
  const onBusyMachine = () => () => counts.shift() ?? 0
  for (let index = 0; index < 2; index++)
    await rememberThreads({ subject: ['a'], cores, chooseWhenBusy, measure }, onBusyMachine)
  expect(measureCount).toBe(2)
  expect(await readdir(folder)).toEqual([])
})

it('measures nothing where others use the cores, and takes what they leave', async () => {
  for (const [busyCores, left] of [
    [1.2, 7],
    [7.9, 1],
    [12, 1],
  ] as const)
    expect(
      await rememberThreads(
        { subject: ['a'], cores, chooseWhenBusy, measure },
        () => () => busyCores,
      ),
    ).toEqual({ prefill: left, decode: left, decodeTogether: left })
  expect(measureCount).toBe(0)
})

it('measures again where the file is not one that it wrote', async () => {
  const path = join(folder, 'threads.json')
  for (const text of ['', '{"a":', '[]', '{"a":{"prefill":0}}']) {
    await writeFile(path, text)
    expect(
      await rememberThreads({ subject: ['a'], cores, chooseWhenBusy, measure }, onQuietMachine),
    ).toEqual(counts)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({})
  }
  expect(measureCount).toBe(4)
})

it('measures each time where no file can be written', async () => {
  await writeFile(join(folder, 'file'), '')
  vi.stubEnv('NANO_CACHE', join(folder, 'file', 'below'))
  for (let index = 0; index < 2; index++)
    expect(
      await rememberThreads({ subject: ['a'], cores, chooseWhenBusy, measure }, onQuietMachine),
    ).toEqual(counts)
  expect(measureCount).toBe(2)
})
