import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../../scripts/serve/run-server.ts'
import { installConsumer, type RunningProgram, start } from '../shared/consumer.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'
import { npmTool } from '../shared/npm-tool.ts'
import { askServer, serverAnswers } from './programs.ts'
import { noServer, serveEmbeddedModel } from './served-model.ts'

const { path, missing } = await npmTool({
  name: 'workerd',
  version: '1.20261117.1',
  program: '@cloudflare/*/bin/workerd',
})
const reason = missing ?? noServer

const worker = `
import { askServer } from './ask-server.js'

export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get('server')
    return Response.json(await askServer(url))
  },
}
`
/** The oldest rules that workerd keeps for core and http, without any of Node's modules. */
const config = `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "bundle.js")],
      compatibilityDate = "2022-10-31",
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`

describe.skipIf(reason)(`in workerd${reason ? ` [${reason}]` : ''}`, () => {
  const folder = temporaryFolder()
  let server: ServerProcess
  let program: RunningProgram
  beforeAll(async () => {
    const files = { 'ask-server.js': askServer, 'worker.js': worker, 'config.capnp': config }
    await installConsumer({ folder, packages: ['http'], files })
    await build({
      absWorkingDir: folder,
      entryPoints: ['worker.js'],
      outfile: 'bundle.js',
      bundle: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker'],
    })
    server = await serveEmbeddedModel()
    const args = ['serve', '--control-fd=1', 'config.capnp']
    program = await start(path, args, { cwd: folder, readyPattern: /"port":(\d+)/ })
  }, 300_000)
  afterAll(async () => {
    await program?.close()
    await server?.close()
  })

  it('core and http serve a model', async () => {
    const url = `http://127.0.0.1:${program.port}/?server=${encodeURIComponent(server.url)}`
    expect(await (await fetch(url)).json()).toEqual(serverAnswers)
  })
})
