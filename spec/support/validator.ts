import { Service, type ServiceRegistry, type Struct, type Value } from '#lib/index.js';

/** The methods of http://1998.xmlrpc.com/validator1Docs. */
export class Validator extends Service {
  constructor(registry: ServiceRegistry) {
    super('validator', registry);
    this.exportMethod(this.arrayOfStructsTest, 'validator1.arrayOfStructsTest');
    this.exportMethod(this.countTheEntities, 'validator1.countTheEntities');
    this.exportMethod(this.easyStructTest, 'validator1.easyStructTest');
    this.exportMethod(this.echoStructTest, 'validator1.echoStructTest');
    this.exportMethod(this.manyTypesTest, 'validator1.manyTypesTest');
    this.exportMethod(this.moderateSizeArrayCheck, 'validator1.moderateSizeArrayCheck');
    this.exportMethod(this.nestedStructTest, 'validator1.nestedStructTest');
    this.exportMethod(this.simpleStructReturnTest, 'validator1.simpleStructReturnTest');
  }

  /** The sum of all members named curly. */
  arrayOfStructsTest(structs: readonly Struct[]): number {
    return structs.reduce((sum, { curly }) => sum + Number(curly), 0);
  }

  countTheEntities(text: string): Struct {
    const count = (character: string) => text.split(character).length - 1;
    return {
      ctLeftAngleBrackets: count('<'),
      ctRightAngleBrackets: count('>'),
      ctAmpersands: count('&'),
      ctApostrophes: count("'"),
      ctQuotes: count('"'),
    };
  }

  easyStructTest({ moe, larry, curly }: Struct): number {
    return Number(moe) + Number(larry) + Number(curly);
  }

  echoStructTest(struct: Struct): Struct {
    return struct;
  }

  /** A number, a boolean, a string, a double, a date and base64, unchanged. */
  manyTypesTest(...values: readonly Value[]): readonly Value[] {
    return values;
  }

  /** The first and the last item, concatenated. */
  moderateSizeArrayCheck(items: readonly string[]): string {
    return `${items[0]}${items.at(-1)}`;
  }

  /** A calendar of years, months and days: the sum of the values of April 1st, 2000. */
  nestedStructTest(calendar: {
    readonly [year: string]: { readonly [month: string]: { readonly [day: string]: Struct } };
  }): number {
    return this.easyStructTest(calendar['2000']?.['04']?.['01'] ?? {});
  }

  simpleStructReturnTest(number: number): Struct {
    return { times10: number * 10, times100: number * 100, times1000: number * 1000 };
  }
}
