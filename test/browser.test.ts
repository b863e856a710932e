import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { gguf } from '@nano/tiny'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type LlamaServer, startLlamaServer } from '../scripts/llama-server/start.ts'
import type {} from './shared/llama-server.ts'

const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  process.env.CHROMIUM ?? '',
].find((path) => path && existsSync(path))
const missing = executablePath ? undefined : 'no Chromium at /usr/bin or in the variable CHROMIUM'
const llama = inject('llamaServer')
if ('fault' in llama) throw new Error(llama.fault)
const noServer = 'missing' in llama ? llama.missing.split('\n')[0] : undefined

/**
 * What runs in the page: the built packages, as a bundler for browsers finds them. `open` is
 * written for each test.
 */
const page = (open: string) => `
import { Model, standard, memoryStore } from '@nano/core'
import { laws, checkLaw } from '@nano/core/conformance'
import { scripted } from '@nano/core/testing'
import { openHttp } from '@nano/http'

const open = ${open}
const broken = []
let held = 0
const first = await open()
for (const law of laws.filter(({ needs }) => !needs || needs(first.capabilities))) {
  const model = await open()
  await checkLaw(law, model).then(() => held++, (error) => broken.push(String(error)))
  await model.close()
}
globalThis.report = { held, broken, text: (await first.generate({ messages: 'What is 12 + 30?', reasoning: 'off', sampling: { temperature: 0 } })).text }
`

interface Report {
  readonly held: number
  readonly broken: readonly string[]
  readonly text: string
}

describe.skipIf(missing)(`in a real browser${missing ? ` [${missing}]` : ''}`, () => {
  let browser: Browser
  beforeAll(async () => {
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args })
  })
  afterAll(() => browser?.close())

  async function reported(open: string): Promise<Report> {
    const server = await serving(page(open))
    const tab = await browser.newPage()
    const faults: string[] = []
    tab.on('pageerror', (error) => faults.push(error.message))
    const address = server.address()
    await tab.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
    await tab.waitForFunction('globalThis.report', undefined, { timeout: 100_000 }).catch(() => {})
    expect(faults).toEqual([])
    const report = (await tab.evaluate('globalThis.report')) as Report
    await tab.close()
    server.close()
    return report
  }

  it(
    'core keeps its laws, behind standard(), over the scripted driver',
    { timeout: 120_000 },
    async () => {
      const report = await reported(
        "async () => new Model(scripted({ reply: () => ['The ', 'answer ', 'is ', 'nineteen.'], contextLength: 2000 }), standard({ cache: memoryStore(), limit: 2, timeout: { total: 30000 } }))",
      )
      expect(report).toMatchObject({ broken: [], text: 'The answer is nineteen.' })
      expect(report.held).toBeGreaterThan(30)
    },
  )

  describe.skipIf(noServer)(
    `in front of a real llama-server${noServer ? ` [${noServer}]` : ''}`,
    () => {
      let server: LlamaServer
      beforeAll(async () => {
        if ('path' in llama)
          server = await startLlamaServer({
            path: llama.path,
            model: gguf.F16,
            args: ['--parallel', '4', '-c', '8192', '-t', '1'],
          })
      })
      afterAll(() => server?.close())

      it.each(['completions', 'chat'])(
        '@nano/http keeps the laws in the mode %s',
        { timeout: 120_000 },
        async (mode) => {
          const report = await reported(`() => openHttp({ url: '${server.url}', mode: '${mode}' })`)
          expect(report.broken).toEqual([])
          expect(report.held).toBeGreaterThan(25)
          expect(report.text).toMatch(/^\d+/)
        },
      )
    },
  )
})

/** A page of this script, bundled for browsers. */
async function serving(script: string): Promise<Server> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: 'examples' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'chrome120',
  })
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(
      isScript
        ? outputFiles[0]?.text
        : '<!doctype html><script type="module" src="/page.js"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
