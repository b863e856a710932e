import { execFile } from 'node:child_process'
import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'

const folder = temporaryFolder()
const here = process.platform === 'linux'

/** What the runtime notes down in a home of its own, to be sent: it does so only outside of CI. */
async function notes(): Promise<readonly string[]> {
  const home = await mkdtemp(join(folder, 'home-'))
  const program = `
    import { openOnnx } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
    const model = await openOnnx({ model: 'tiny' })
    await model.generate({ messages: 'hi', maxTokens: 2 })
    await model.close()`
  await promisify(execFile)(
    process.execPath,
    [
      '--conditions=@nano/source',
      '--no-warnings',
      '--input-type=module-typescript',
      '--eval',
      program,
    ],
    { env: { PATH: process.env['PATH'], HOME: home } },
  )
  return (await readdir(home, { recursive: true })).filter((name) => name.includes('onnxruntime'))
}

it.skipIf(!here)(
  `nothing is noted down for the runtime's makers${here ? '' : ' [only the runtime for Linux does]'}`,
  async () => {
    expect(await notes()).toEqual([])
  },
)
