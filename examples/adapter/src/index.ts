export { type MarkovOptions, openMarkov } from './open.ts'
