import * as z from 'zod'
import { keptExample, reads } from './zod-example.ts'

const Dated = z.object({ at: z.coerce.date() })
const isEven = (value: number) => value % 2 === 0

/** What wraps a schema, checks of any value, and functions from schema to schema. */
export const wrapperExamples = {
  optional: keptExample(z.object({ a: z.optional(z.int()) }), [{}, { a: 1 }], [{ a: 'x' }]),
  exactOptional: keptExample(
    z.object({ a: z.exactOptional(z.int()) }),
    [{}, { a: 1 }],
    [{ a: 'x' }],
  ),
  nonoptional: keptExample(z.object({ a: z.nonoptional(z.int().optional()) }), [{ a: 1 }], [{}]),
  nullable: keptExample(z.nullable(z.int()), [1, null], ['x']),
  nullish: keptExample(
    z.object({ a: z.nullish(z.int()) }),
    [{}, { a: null }, { a: 1 }],
    [{ a: 'x' }],
  ),
  _default: reads(
    z.object({ a: z._default(z.int(), 7) }),
    [
      [{}, { a: 7 }],
      [{ a: 1 }, { a: 1 }],
    ],
    [{ a: 'x' }],
  ),
  'default of a date': reads(z.object({ at: z.coerce.date().default(new Date(0)) }), [
    [{}, { at: new Date(0) }],
  ]),
  'default of a big integer': reads(z.object({ a: z.coerce.bigint().default(1n) }), [
    [{}, { a: 1n }],
    [{ a: '2' }, { a: 2n }],
  ]),
  prefault: reads(z.object({ a: z.prefault(z.string().trim(), ' a ') }), [[{}, { a: 'a' }]]),
  catch: keptExample(z.object({ a: z.catch(z.int(), 0) }), [{ a: 1 }], ['x']),
  'catch of a date': reads(z.catch(z.coerce.date(), new Date(0)), [
    ['2024-12-31', new Date('2024-12-31')],
  ]),
  'catch by a function': reads(
    z.int().catch(({ issues }) => {
      if (issues.length === 0) throw new Error('nothing to catch')
      return 0
    }),
    [[1, 1]],
  ),
  readonly: keptExample(z.readonly(z.array(z.int())), [[1]], [['x']]),
  brand: reads(z.string().brand<'Id'>(), [['a', 'a' as string & z.$brand<'Id'>]], [1]),
  promise: reads(z.promise(z.int()), [[1, 1]], ['x']),
  refine: keptExample(z.int().check(z.refine(isEven)), [2], [3]),
  'refine that waits': keptExample(
    z.int().refine(async (value) => isEven(value)),
    [2],
    [3],
  ),
  superRefine: keptExample(
    z.int().check(
      z.superRefine((value, context) => {
        if (!isEven(value)) context.addIssue('odd')
      }),
    ),
    [2],
    [3],
  ),
  check: keptExample(
    z.int().check(
      z.check(({ value, issues }) => {
        if (!isEven(Number(value))) issues.push({ code: 'custom', input: value })
      }),
    ),
    [2],
    [3],
  ),
  property: keptExample(z.string().check(z.property('length', z.int().max(2))), ['ab'], ['abc']),
  properties: keptExample(
    z.object({ a: z.int() }).check(z.properties({ a: z.int().max(2) })),
    [{ a: 2 }],
    [{ a: 3 }],
  ),
  describe: keptExample(z.int().check(z.describe('a number')), [1], ['x']),
  meta: keptExample(z.int().check(z.meta({ title: 'Number', examples: [1] })), [1], ['x']),
  clone: keptExample(z.clone(z.int()), [1], ['x']),
  compile: keptExample(z.compile(z.object({ a: z.int() })), [{ a: 1 }], [{ a: 'x' }]),
  withParser: keptExample(
    z.withParser(z.int(), (value) => (value === 1 ? 1 : z.INVALID)),
    [1],
    ['x'],
  ),
  toZod: keptExample(z.toZod<number>()(z.number()), [1], ['x']),
  fromJSONSchema: keptExample(z.fromJSONSchema({ type: 'string', minLength: 2 }), ['ab'], ['a']),
  input: keptExample(z.input(z.string().transform(Number)), ['a'], [1]),
  output: keptExample(z.output(z.string().transform(Number).pipe(z.int())), [1], ['a']),
  'a wrapper around a date': reads(
    z.object({ one: Dated.nullable().optional(), list: z.array(Dated.readonly()) }),
    [
      [
        { one: { at: '2024-12-31' }, list: [{ at: '2024-01-01' }] },
        { one: { at: new Date('2024-12-31') }, list: [{ at: new Date('2024-01-01') }] },
      ],
    ],
    [{ list: [{ at: 'x' }] }],
  ),
} as const
