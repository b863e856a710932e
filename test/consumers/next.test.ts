import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installConsumer, run, type RunningProgram, start } from '../shared/consumer.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'
import { askLocally, askServer, localAnswers, serverAnswers } from './programs.ts'
import { noServer, serveEmbeddedModel } from './served-model.ts'

/** As docs/bundlers.md shows it. */
const config = `
export default { serverExternalPackages: ['@nano/llama-cpp', '@nano/onnx'] }
`
const route = `
import { askLocally } from '../../ask-locally.js'
import { askServer } from '../../ask-server.js'

// Asked at run time: else Next.js answers while it builds.
export const dynamic = 'force-dynamic'

export async function GET(request) {
  const url = new URL(request.url).searchParams.get('server')
  return Response.json(await (url ? askServer(url) : askLocally()))
}
`

describe('built by Next.js with Turbopack', () => {
  const folder = temporaryFolder()
  const next = 'node_modules/next/dist/bin/next'
  let program: RunningProgram
  beforeAll(async () => {
    await installConsumer({
      folder,
      packages: ['http', 'llama-cpp', 'onnx', 'tiny'],
      dependencies: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
      files: {
        'next.config.js': config,
        'ask-locally.js': askLocally,
        'ask-server.js': askServer,
        'app/ask/route.js': route,
      },
    })
    await run(process.execPath, [next, 'build'], { cwd: folder })
    const readyPattern = /http:\/\/localhost:(\d+)[^]*Ready in/
    program = await start(process.execPath, [next, 'start', '-p', '0'], {
      cwd: folder,
      readyPattern,
    })
  }, 600_000)
  afterAll(() => program?.close())

  it('a route on Node answers with the embedded model, by llama-cpp and by onnx', async () => {
    const response = await fetch(`http://127.0.0.1:${program.port}/ask`)
    expect(await response.json()).toEqual(localAnswers)
  })

  describe.skipIf(noServer)(noServer ? `[${noServer}]` : 'in front of llama-server', () => {
    it('core and http serve a model in a route', async () => {
      const server = await serveEmbeddedModel()
      try {
        const query = `server=${encodeURIComponent(server.url)}`
        const response = await fetch(`http://127.0.0.1:${program.port}/ask?${query}`)
        expect(await response.json()).toEqual(serverAnswers)
      } finally {
        await server.close()
      }
    })
  })
})
