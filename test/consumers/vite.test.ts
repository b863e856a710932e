import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, noChromium } from '../shared/chromium.ts'
import { run } from '../shared/consumer.ts'
import { npmTool } from '../shared/npm-tool.ts'
import { localAnswers, serverAnswers } from './programs.ts'
import { consumerApp } from './consumer-app.ts'
import { describeWithServer } from './served-model.ts'

const vite = await npmTool({ name: 'vite', version: '8.4.0', program: 'vite/bin/vite.js' })

describe.skipIf(vite.missing)(`built by Vite${vite.missing ? ` [${vite.missing}]` : ''}`, () => {
  const folder = consumerApp({
    'index.html': '<!doctype html><script type="module" src="/page.js"></script>',
    'page.js': page,
    'bundled.config.js': bundledConfig,
  })
  const build = (...args: readonly string[]) =>
    run(process.execPath, [vite.path, 'build', ...args], { cwd: folder })

  it('llama-cpp and onnx run the embedded model from a build for Node', async () => {
    await build('--ssr', 'local.js')
    const output = await run(process.execPath, ['dist/local.js'], { cwd: folder })
    expect(JSON.parse(output)).toEqual(localAnswers)
  })

  it('llama-cpp and onnx run it from a build that bundles everything else', async () => {
    await build('--ssr', 'local.js', '--config', 'bundled.config.js')
    const output = await run(process.execPath, ['dist/local.js'], { cwd: folder })
    expect(JSON.parse(output)).toEqual(localAnswers)
  })

  describeWithServer((serverUrl) => {
    it('core and http serve a model from a build for Node that holds them', async () => {
      await build('--ssr', 'remote.js', '--config', 'bundled.config.js')
      const program = readFileSync(join(folder, 'dist/remote.js'), 'utf8')
      expect(program).not.toMatch(/from ?"@nano/)
      const output = await run(process.execPath, ['dist/remote.js', serverUrl()], { cwd: folder })
      expect(JSON.parse(output)).toEqual(serverAnswers)
    })

    describe.skipIf(noChromium)(noChromium ? `[${noChromium}]` : 'in Chromium', () => {
      let browser: Browser
      beforeAll(async () => {
        browser = await launchChromium()
      })
      afterAll(() => browser?.close())

      it('core and http serve a model from a build for browsers', async () => {
        await build()
        const site = await serveFolder(join(folder, 'dist'))
        const { port } = site.address() as AddressInfo
        const tab = await browser.newPage()
        await tab.goto(`http://127.0.0.1:${port}/?server=${encodeURIComponent(serverUrl())}`)
        await tab.waitForFunction('globalThis.answers', undefined, { timeout: 60_000 })
        expect(await tab.evaluate('globalThis.answers')).toEqual(serverAnswers)
        site.close()
      })
    })
  })
})

/** As docs/bundlers.md says it. */
const bundledConfig = `
const external = ['@nano/llama-cpp', '@nano/onnx']
export default { ssr: { noExternal: true, external } }
`
const page = `
import { askServer } from './ask-server.js'

const url = new URLSearchParams(location.search).get('server')
globalThis.answers = await askServer(url).catch((error) => String(error))
`

async function serveFolder(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://site')
    const path = join(folder, pathname === '/' ? 'index.html' : pathname)
    if (!existsSync(path)) return response.writeHead(404).end()
    const type = extname(path) === '.js' ? 'text/javascript' : 'text/html'
    response.writeHead(200, { 'content-type': type }).end(readFileSync(path))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
