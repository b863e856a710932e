import { describe, expect, it } from 'vitest'
import { run } from '../shared/consumer.ts'
import type { NpmTool } from '../shared/npm-tool.ts'
import { localAnswers, serverAnswers } from './programs.ts'
import { consumerApp } from './consumer-app.ts'
import { describeWithServer } from './served-model.ts'

interface Runtime extends NpmTool {
  /** Before the program that it runs. */
  readonly args: readonly string[]
}

/** Tests that all adapters work in a runtime that takes packages for Node. */
export function testRuntime(name: string, { path, missing, args }: Runtime): void {
  describe.skipIf(missing)(`in ${name}${missing ? ` [${missing}]` : ''}`, () => {
    const folder = consumerApp()

    it('llama-cpp and onnx run the embedded model, and hold replies to a schema', async () => {
      const output = await run(path, [...args, 'local.js'], { cwd: folder })
      expect(JSON.parse(output)).toEqual(localAnswers)
    })

    describeWithServer((serverUrl) => {
      it('core and http serve a model', async () => {
        const output = await run(path, [...args, 'remote.js', serverUrl()], { cwd: folder })
        expect(JSON.parse(output)).toEqual(serverAnswers)
      })
    })
  })
}
