import { readFileSync, writeFileSync } from 'node:fs'
import { NanoError } from '@nano/core'
import { openLlamaCpp } from '../../src/index.ts'

/**
 * Run by itself, because what it looks for ends a process: opens `whole` with one byte of its
 * header flipped after the other, as a model, or as an adapter of `model`, and prints what became
 * of each on a line.
 */
const [whole = '', scratch = '', flips = '[]', model] = process.argv.slice(2)
const bytes = readFileSync(whole)

for (const [at, mask] of JSON.parse(flips) as readonly (readonly [at: number, mask: number])[]) {
  const flipped = Buffer.from(bytes)
  flipped[at] = (flipped[at] ?? 0) ^ mask
  writeFileSync(scratch, flipped)
  console.log(`${at} ^ ${mask}: ${await tried()}`)
}

async function tried(): Promise<string> {
  let opened = ''
  try {
    await using open = await openLlamaCpp(
      model === undefined
        ? { model: scratch, format: 'nemotron' }
        : { model, loras: { flipped: scratch } },
    )
    opened = 'opened, then '
    const asked = { messages: 'hi', maxTokens: 2, ...(model !== undefined && { lora: 'flipped' }) }
    await open.generate({ ...asked, sampling: { temperature: 0 } })
    await open.generate(asked)
    return 'works'
  } catch (error) {
    return opened + (NanoError.is(error) ? error.code : `raw ${String(error)}`)
  }
}
