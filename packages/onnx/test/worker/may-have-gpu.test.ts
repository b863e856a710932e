import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { mayHaveGpu } from '../../src/worker/may-have-gpu.ts'

const folder = temporaryFolder()
const machine = (name: string, ...devices: string[]) => {
  const root = join(folder, name)
  mkdirSync(join(root, 'dev/dri'), { recursive: true })
  for (const device of devices) writeFileSync(join(root, 'dev', device), '')
  return root
}

it('a Linux machine has a GPU where a driver made a device for it, which is more than a screen', () => {
  expect(mayHaveGpu('linux', machine('none'))).toBe(false)
  expect(mayHaveGpu('linux', join(folder, 'container'))).toBe(false)
  expect(mayHaveGpu('linux', machine('screen', 'dri/card0'))).toBe(false)
  expect(mayHaveGpu('linux', machine('mesa', 'dri/card0', 'dri/renderD128'))).toBe(true)
  expect(mayHaveGpu('linux', machine('nvidia', 'nvidiactl'))).toBe(true)
  expect(mayHaveGpu('linux', machine('wsl', 'dxg'))).toBe(true)
})

it('other platforms come with one', () => {
  expect(mayHaveGpu('darwin', folder)).toBe(true)
  expect(mayHaveGpu('win32', folder)).toBe(true)
})
