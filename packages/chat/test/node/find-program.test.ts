import { describe, expect, it } from 'vitest'
import { findProgram } from '../../src/node/find-program.ts'

const options = { module: import.meta.url, adapter: 'onnx' }

describe('a program beside a module', () => {
  it('has the extension of the module', () => {
    const { url, execArgv } = findProgram({ ...options, name: 'find-program.test' })
    expect(url.href).toBe(import.meta.url)
    expect(execArgv).toContain('--conditions=@nano/source')
  })

  it('that is not there is unavailable, and the message says what to do', () => {
    const find = (alternative?: string) => () =>
      findProgram({ ...options, name: 'nowhere', ...(alternative && { alternative }) })
    expect(find()).toThrow(/nowhere\.ts.* keep @nano\/onnx external$/)
    expect(find('wait')).toThrow(/external, or wait$/)
  })
})
