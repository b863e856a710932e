export { TemplateFault, TemplateLimit, TemplateRefusal, TemplateSyntaxError } from './errors.ts'
export { parseTemplate } from './template.ts'
export { fromCaller } from './values/from-javascript.ts'
export type { TextPiece } from './text/text.ts'
