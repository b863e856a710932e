import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { installConsumer, run } from '../shared/consumer.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'

const backends = {
  'llama-cpp': ['@nano/llama-cpp', 'node-llama-cpp', '@nano/tiny'],
  onnx: ['@nano/onnx', 'onnxruntime-node', '@nano/tiny'],
}

describe('the command, alone in an empty project', () => {
  const folder = temporaryFolder()
  const ask = (backend: string) =>
    run(process.execPath, [nanolm, 'What is 12 + 30?', '--backend', backend], { cwd: folder })
  beforeAll(() => installConsumer({ folder, packages: ['cli'] }), 300_000)

  it('prints its help', async () => {
    const help = await run(process.execPath, [nanolm, '--help'], { cwd: folder })
    expect(help).toContain('Usage: nanolm [question] [options]')
  })

  for (const [backend, packages] of Object.entries(backends))
    it(`names the packages that ${backend} needs, and answers with them`, async () => {
      const packageNames = packages.join(' ')
      await expect(ask(backend)).rejects.toThrow(
        `nanolm: the backend ${backend} is not installed. ` +
          `Install it next to @nano/cli, with the embedded model: npm install ${packageNames}`,
      )
      const names = packages.filter((name) => name.startsWith('@nano/'))
      await installConsumer({
        folder,
        packages: ['cli', ...names.map((name) => name.slice('@nano/'.length))],
      })
      expect(await ask(backend)).toBe('42\n')
    })
})

const nanolm = join('node_modules', '.bin', 'nanolm')
