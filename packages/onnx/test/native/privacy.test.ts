import { execFile } from 'node:child_process'
import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'

const folder = temporaryFolder()
/** Only the runtime for Linux reports what it runs. */
const isLinux = process.platform === 'linux'

/** The files that the runtime writes to a home folder, to report them; it does so outside of CI. */
async function listReports(): Promise<readonly string[]> {
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

it.skipIf(!isLinux)(
  `the runtime reports nothing to its makers${isLinux ? '' : ' [it does so on Linux only]'}`,
  async () => {
    expect(await listReports()).toEqual([])
  },
)
