import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LlamaServer } from '../../scripts/llama-server/start.ts'
import { installConsumer, run } from '../shared/consumer.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'
import type { NpmTool } from '../shared/npm-tool.ts'
import { askLocally, askServer, localAnswers, printing, serverAnswers } from './programs.ts'
import { noServer, serveEmbeddedModel } from './served-model.ts'

interface Runtime extends NpmTool {
  /** Before the program that it runs. */
  readonly args: readonly string[]
}

/** Tests that all adapters work in a runtime that takes packages for Node. */
export function testRuntime(name: string, { path, missing, args }: Runtime): void {
  describe.skipIf(missing)(`in ${name}${missing ? ` [${missing}]` : ''}`, () => {
    const folder = temporaryFolder()
    beforeAll(
      () =>
        installConsumer({
          folder,
          packages: ['http', 'llama-cpp', 'onnx', 'tiny'],
          files: {
            'ask-server.js': askServer,
            'remote.js': printing('askServer(process.argv[2])', 'ask-server.js'),
            'ask-locally.js': askLocally,
            'local.js': printing('askLocally()', 'ask-locally.js'),
          },
        }),
      300_000,
    )

    it('llama-cpp and onnx run the embedded model, and hold replies to a schema', async () => {
      const printed = await run(path, [...args, 'local.js'], { cwd: folder })
      expect(JSON.parse(printed)).toEqual(localAnswers)
    })

    describe.skipIf(noServer)(noServer ? `[${noServer}]` : 'in front of llama-server', () => {
      let server: LlamaServer
      beforeAll(async () => {
        server = await serveEmbeddedModel()
      })
      afterAll(() => server?.close())

      it('core and http serve a model', async () => {
        const printed = await run(path, [...args, 'remote.js', server.url], { cwd: folder })
        expect(JSON.parse(printed)).toEqual(serverAnswers)
      })
    })
  })
}
