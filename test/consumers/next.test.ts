import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installConsumer, run, type RunningProgram, start } from '../shared/consumer.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'
import { askLocally, localAnswers } from './programs.ts'

/** As docs/bundlers.md shows it. */
const config = `
export default { serverExternalPackages: ['@nano/llama-cpp', '@nano/onnx'] }
`
const route = `
import { askLocally } from '../../ask-locally.js'

// Asked at run time: else Next.js answers while it builds.
export const dynamic = 'force-dynamic'

export async function GET() {
  return Response.json(await askLocally())
}
`

describe('built by Next.js with Turbopack', () => {
  const folder = temporaryFolder()
  const next = 'node_modules/next/dist/bin/next'
  let program: RunningProgram
  beforeAll(async () => {
    await installConsumer({
      folder,
      packages: ['llama-cpp', 'onnx', 'tiny'],
      dependencies: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
      files: {
        'next.config.js': config,
        'ask-locally.js': askLocally,
        'app/ask/route.js': route,
      },
    })
    await run(process.execPath, [next, 'build'], { cwd: folder })
    const ready = /http:\/\/localhost:(\d+)[^]*Ready in/
    program = await start(process.execPath, [next, 'start', '-p', '0'], { cwd: folder, ready })
  }, 600_000)
  afterAll(() => program?.close())

  it('a route on Node answers with the embedded model, by llama-cpp and by onnx', async () => {
    const response = await fetch(`http://127.0.0.1:${program.port}/ask`)
    expect(await response.json()).toEqual(localAnswers)
  })
})
