import { describe, expect, it } from 'vitest'
import { run } from '../shared/consumer.ts'
import { findNode } from '../shared/find-node.ts'
import { serverAnswers } from './programs.ts'
import { consumerApp } from './consumer-app.ts'
import { describeWithServer } from './served-model.ts'

const nodes = await Promise.all(['18', '20'].map(findNode))

/** Node 18 has little of what is newer than 2022. This takes the rest away. */
const bareRemote = `
delete AbortSignal.any
const { askServer } = await import('./ask-server.js')
console.log(JSON.stringify(await askServer(process.argv[2])))
`
const local = `
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'

const faults = []
for (const open of [openLlamaCpp, openOnnx]) {
  const report = ({ name, code, message }) => faults.push([name, code, message])
  await open({ model: 'tiny' }).catch(report)
}
console.log(JSON.stringify(faults))
`

const folder = consumerApp({ 'bare-remote.js': bareRemote, 'local.js': local })

describe.each(nodes)('on Node $line', ({ line, path, missing }) => {
  describe.skipIf(missing)(missing ? `[${missing}]` : 'from npm', () => {
    it('the local adapters load, and their first call says which Node they need', async () => {
      const faults = JSON.parse(await run(path, ['local.js'], { cwd: folder }))
      expect(faults).toEqual(
        ['llama-cpp', 'onnx'].map((adapter) => [
          'NanoError',
          'unsupported',
          expect.stringMatching(`^${adapter} needs Node 22.19 or newer, and this is Node ${line}.`),
        ]),
      )
    })

    describeWithServer((serverUrl) => {
      it('core and http serve a model', async () => {
        const output = await run(path, ['remote.js', serverUrl()], { cwd: folder })
        expect(JSON.parse(output)).toEqual(serverAnswers)
      })
      if (line !== '18') return
      it('core and http do without AbortSignal.any', async () => {
        const output = await run(path, ['bare-remote.js', serverUrl()], { cwd: folder })
        expect(JSON.parse(output)).toEqual(serverAnswers)
      })
    })
  })
})
