import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { mayHaveGpu } from '../../src/worker/may-have-gpu.ts'

const folder = temporaryFolder()
/** The root folder of a machine with device files. */
const createMachine = (name: string, ...devices: string[]) => {
  const root = join(folder, name)
  mkdirSync(join(root, 'dev/dri'), { recursive: true })
  for (const device of devices) writeFileSync(join(root, 'dev', device), '')
  return root
}

it('a Linux machine has a GPU where a driver created a device file to compute with', () => {
  expect(mayHaveGpu('linux', createMachine('none'))).toBe(false)
  expect(mayHaveGpu('linux', join(folder, 'container'))).toBe(false)
  expect(mayHaveGpu('linux', createMachine('screen', 'dri/card0'))).toBe(false)
  expect(mayHaveGpu('linux', createMachine('mesa', 'dri/card0', 'dri/renderD128'))).toBe(true)
  expect(mayHaveGpu('linux', createMachine('nvidia', 'nvidiactl'))).toBe(true)
  expect(mayHaveGpu('linux', createMachine('wsl', 'dxg'))).toBe(true)
})

it('other platforms always have one', () => {
  expect(mayHaveGpu('darwin', folder)).toBe(true)
  expect(mayHaveGpu('win32', folder)).toBe(true)
})
