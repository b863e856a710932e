import { statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions, type OutputFile } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { run } from '../shared/consumer.ts'
import { localAnswers, serverAnswers } from './programs.ts'
import { consumerApp } from './consumer-app.ts'
import { describeWithServer } from './served-model.ts'

const folder = consumerApp()

const bundle = (options: BuildOptions) =>
  build({ absWorkingDir: folder, bundle: true, format: 'esm', ...options })

describe('bundled for a browser by esbuild', () => {
  /** What a page loads at once, in bytes; what it loads later is in chunks of its own. */
  async function measure(contents: string): Promise<{ minified: number; gzipped: number }> {
    const { outputFiles } = await bundle({
      stdin: { contents, resolveDir: folder },
      platform: 'browser',
      target: 'es2022',
      minify: true,
      splitting: true,
      write: false,
      outdir: 'unwritten',
    })
    const files = listInitialFiles(outputFiles ?? [])
    return {
      minified: sum(files.map(({ contents }) => contents.length)),
      gzipped: sum(files.map(({ contents }) => gzipSync(contents).length)),
    }
  }

  it('all of core is at most 150 KB, and the sizes are printed', async () => {
    const parts = {
      'Model of core': "import { Model } from '@nano/core'; globalThis.used = Model",
      'all of core': "import * as core from '@nano/core'; globalThis.used = core",
      'Model and http':
        "import { Model } from '@nano/core'; import { openHttp } from '@nano/http'; " +
        'globalThis.used = [Model, openHttp]',
      'all of core, and http':
        "import * as core from '@nano/core'; import { openHttp } from '@nano/http'; " +
        'globalThis.used = [core, openHttp]',
    }
    const sizes: Record<string, { minified: number; gzipped: number }> = {}
    for (const [name, contents] of Object.entries(parts)) sizes[name] = await measure(contents)
    console.table(sizes)
    expect(sizes['all of core']?.minified).toBeLessThanOrEqual(150_000)
  })
})

describe('bundled for Node by esbuild', () => {
  const node = (file: string, external: readonly string[] = []) =>
    bundle({
      entryPoints: [file],
      outdir: 'bundled',
      platform: 'node',
      target: 'node22',
      external: [...external],
      // What CommonJS packages in the bundle call.
      banner: {
        js:
          "import { createRequire } from 'node:module'; const require = " +
          'createRequire(import.meta.url);',
      },
    })

  describeWithServer((serverUrl) => {
    it('core and http serve a model', async () => {
      await node('remote.js')
      const output = await run(process.execPath, ['bundled/remote.js', serverUrl()], {
        cwd: folder,
      })
      expect(JSON.parse(output)).toEqual(serverAnswers)
    })
  })

  it('llama-cpp and onnx run the embedded model where they are external', async () => {
    await node('local.js', ['@nano/llama-cpp', '@nano/onnx'])
    expect(statSync(join(folder, 'bundled/local.js')).size).toBeLessThan(10_000)
    const output = await run(process.execPath, ['bundled/local.js'], { cwd: folder })
    expect(JSON.parse(output)).toEqual(localAnswers)
  })
  it('onnx says what to do where it was bundled', async () => {
    await node('local.js', ['@nano/llama-cpp', '@nano/tiny', 'onnxruntime-node'])
    await expect(run(process.execPath, ['bundled/local.js'], { cwd: folder })).rejects.toThrow(
      /A bundler may have moved the code that starts it: keep @nano\/onnx external/,
    )
  })
})

/** The entry, and the chunks that it imports at once. */
function listInitialFiles(files: readonly OutputFile[]): readonly OutputFile[] {
  const entry = files.find(({ path }) => path.endsWith('stdin.js')) ?? expect.fail('no entry')
  const bundledFiles = new Set([entry])
  // The set grows while it is walked.
  for (const { text } of bundledFiles)
    for (const [, name = ''] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g))
      for (const file of files) if (file.path.endsWith(name)) bundledFiles.add(file)
  return [...bundledFiles]
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
