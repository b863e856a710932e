import { npmTool } from '../shared/npm-tool.ts'
import { testRuntime } from './runtime.ts'

const tool = await npmTool({ name: 'bun', version: '1.4.5', program: '@oven/*/bin/bun' })

testRuntime('Bun', { ...tool, args: ['run'] })
