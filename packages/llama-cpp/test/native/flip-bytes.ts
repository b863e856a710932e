import { readFileSync, writeFileSync } from 'node:fs'
import { NanoError } from '@nano/core'
import { openLlamaCpp } from '../../src/index.ts'

/**
 * Run by itself, because what it looks for ends a process: opens `whole` with one byte of its
 * header flipped after the other, as a model, or as an adapter of `model`, and prints what became
 * of each on a line.
 */
const [source = '', scratch = '', flips = '[]', model] = process.argv.slice(2)
const bytes = readFileSync(source)

for (const [at, mask] of JSON.parse(flips) as readonly (readonly [at: number, mask: number])[]) {
  const flippedBytes = Buffer.from(bytes)
  flippedBytes[at] = (flippedBytes[at] ?? 0) ^ mask
  writeFileSync(scratch, flippedBytes)
  console.log(`${at} ^ ${mask}: ${await tryModel()}`)
}

async function tryModel(): Promise<string> {
  let progress = ''
  try {
    await using openedModel = await openLlamaCpp(
      model === undefined
        ? { model: scratch, format: 'nemotron' }
        : { model, loras: { flipped: scratch } },
    )
    progress = 'opened, then '
    const request = {
      messages: 'hi',
      maxTokens: 2,
      ...(model !== undefined && { lora: 'flipped' }),
    }
    await openedModel.generate({ ...request, sampling: { temperature: 0 } })
    await openedModel.generate(request)
    return 'works'
  } catch (error) {
    return progress + (NanoError.is(error) ? error.code : `raw ${String(error)}`)
  }
}
