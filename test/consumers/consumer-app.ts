import { beforeAll } from 'vitest'
import { installConsumer } from '../shared/consumer.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'
import { askLocally, askServer, printResult } from './programs.ts'

/**
 * A folder with every adapter installed and the programs `remote.js` and `local.js`, ready before
 * the tests of the suite that calls this. `files` are added, or replace those programs.
 */
export function consumerApp(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder()
  beforeAll(
    () =>
      installConsumer({
        folder,
        packages: ['http', 'llama-cpp', 'onnx', 'tiny'],
        files: {
          'ask-server.js': askServer,
          'remote.js': printResult('askServer(process.argv[2])', 'ask-server.js'),
          'ask-locally.js': askLocally,
          'local.js': printResult('askLocally()', 'ask-locally.js'),
          ...files,
        },
      }),
    300_000,
  )
  return folder
}
