import { readFileSync } from 'node:fs'
import { assertNodeVersion } from '@nano/core/driver'
import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => vi.unstubAllGlobals())

it.each(['18.20.8', '20.19.0', '22.18.0'])('refuses Node %s, and says what is needed', (node) => {
  vi.stubGlobal('process', { versions: { node } })
  expect(() => assertNodeVersion('onnx')).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: `onnx needs Node 22.19 or newer, and this is Node ${node}`,
    }),
  )
})

it('refuses a platform that is not Node', () => {
  vi.stubGlobal('process', undefined)
  expect(() => assertNodeVersion('onnx')).toThrow(/22\.19 or newer, and this is not Node$/)
})

it.each(['22.19.0', '24.0.0', '100.0.0'])('accepts Node %s', (node) => {
  vi.stubGlobal('process', { versions: { node } })
  expect(() => assertNodeVersion('onnx')).not.toThrow()
})

it('asks for the Node that the manifest asks for', () => {
  const { engines } = JSON.parse(readFileSync('packages/core/package.json', 'utf8'))
  vi.stubGlobal('process', { versions: { node: '20.0.0' } })
  expect(() => assertNodeVersion('onnx')).toThrow(engines.node.replace('>=', 'needs Node '))
})
