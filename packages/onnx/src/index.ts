export { openOnnx } from './open.ts'
export { type OnnxOptions, optionsSchema } from './options.ts'
