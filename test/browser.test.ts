import { createServer, type Server } from 'node:http'
import { gguf } from '@nano/tiny'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startLlamaServer } from '../scripts/llama-server/start.ts'
import type { ServerProcess } from '../scripts/serve/run-server.ts'
import { launchChromium, noChromium } from './shared/chromium.ts'
import type {} from './shared/llama-server.ts'

const llama = inject('llamaServer')
if ('fault' in llama) throw new Error(llama.fault)
const noServer = 'missing' in llama ? llama.missing.split('\n')[0] : undefined

/**
 * A program for the page, on the built packages as a bundler for browsers finds them. `open` is the
 * source of a function that opens a model.
 */
const pageProgram = (open: string) => `
import { Model, standard, memoryStore } from '@nano/core'
import { laws, checkLaw } from '@nano/core/conformance'
import { scripted } from '@nano/core/testing'
import { openHttp } from '@nano/http'

const open = ${open}
const violations = []
let heldLawCount = 0
const first = await open()
for (const law of laws.filter(({ skipReason }) => skipReason?.(first) === undefined)) {
  const model = await open()
  await checkLaw(law, model).then(() => heldLawCount++, (error) => violations.push(String(error)))
  await model.close()
}
const { text } = await first.generate({
  messages: 'What is 12 + 30?',
  ...(first.capabilities.reasoning === 'optional' && { reasoning: 'off' }),
  sampling: { temperature: 0 },
})
globalThis.report = { heldLawCount, violations, text }
`

const scriptedModel = `async () => new Model(
  scripted({ reply: () => ['The ', 'answer ', 'is ', 'nineteen.'], contextLength: 2000 }),
  standard({ cache: memoryStore(), limit: 2, timeout: { total: 30000 } }),
)`

interface Report {
  /** How many laws hold. */
  readonly heldLawCount: number
  readonly violations: readonly string[]
  readonly text: string
}

describe.skipIf(noChromium)(`in a real browser${noChromium ? ` [${noChromium}]` : ''}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  async function runInBrowser(open: string): Promise<Report> {
    const server = await servePage(pageProgram(open))
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
      const report = await runInBrowser(scriptedModel)
      expect(report).toMatchObject({ violations: [], text: 'The answer is nineteen.' })
      expect(report.heldLawCount).toBeGreaterThan(30)
    },
  )

  describe.skipIf(noServer)(
    `in front of a real llama-server${noServer ? ` [${noServer}]` : ''}`,
    () => {
      let server: ServerProcess
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
          const report = await runInBrowser(
            `() => openHttp({ url: '${server.url}', mode: '${mode}' })`,
          )
          expect(report.violations).toEqual([])
          expect(report.heldLawCount).toBeGreaterThan(25)
          expect(report.text).toMatch(/^\d+/)
        },
      )
    },
  )
})

/** Serves a page that runs the script, bundled for browsers. */
async function servePage(script: string): Promise<Server> {
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
