/** How the code blocks of a language are checked by its own compiler, without running them. */
export interface CodeCheck {
  /** How their files end, such as `.php`. */
  readonly suffix: string;
  /** Succeeds if the compiler is installed. */
  readonly installed: string;
  /** A shell script, whose arguments are the files. It fails, and says why, if one of them is wrong. */
  readonly check: string;
  /** What has to be around a block. */
  readonly whole?: (text: string) => string;
}

const each = (command: string) => `for file; do ${command} || exit; done`;

/** Prints the first syntax error in files of Java, which need not be there to be compiled. */
const JAVA = new URL('../../../spec/support/ParseJava.java', import.meta.url).pathname;

export const CODE_CHECKS: Readonly<Record<string, CodeCheck>> = {
  sh: { suffix: '.sh', installed: 'command -v bash', check: each('bash -n "$file"') },
  php: { suffix: '.php', installed: 'command -v php', check: each('php -l "$file"') },
  ruby: { suffix: '.rb', installed: 'command -v ruby', check: each('ruby -c "$file"') },
  perl: {
    suffix: '.pl',
    installed: "perl -MRPC::XML::Client -e ''",
    check: each('perl -c "$file"'),
  },
  lua: { suffix: '.lua', installed: 'command -v lua5.1', check: each(`lua5.1 -e "assert(loadfile('$file'))"`) },
  tcl: {
    suffix: '.tcl',
    installed: 'command -v tclsh',
    check: each(`echo 'exit [expr {![info complete [read [open $env(FILE)]]]}]' | FILE="$file" tclsh`),
  },
  r: {
    suffix: '.R',
    installed: 'command -v Rscript',
    check: `Rscript -e 'for (file in commandArgs(TRUE)) parse(file)' "$@"`,
  },
  go: { suffix: '.go', installed: 'command -v gofmt', check: 'gofmt -e -l "$@"' },
  cs: { suffix: '.cs', installed: 'command -v mcs', check: 'mcs --parse "$@"' },
  java: {
    suffix: '.java',
    installed: 'command -v javac', // Its compiler of machine code takes longer than what it compiles.
    check: `java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${JAVA} "$@"`,
  },
  erlang: {
    suffix: '.erl',
    installed: 'command -v erl',
    check: each(`erl -noshell -eval '
      {ok, Forms} = epp:parse_file("'"$file"'", []),
      [] = [Error || {error, Error} <- Forms],
      halt().'`),
  },
  cpp: {
    suffix: '.cpp',
    installed: 'command -v c++ && test -e /usr/include/xmlrpcpp/XmlRpc.h',
    check: each('c++ -fsyntax-only "$file"'),
    whole: (text) =>
      `#include <iostream>\n#include <xmlrpcpp/XmlRpc.h>\nusing namespace XmlRpc;\nint main() {\n${text}\n}\n`,
  },
};

/** Compiles each of the texts that it reads as JSON, of which those with `>>>` are sessions of the interpreter. */
export const COMPILE_PYTHON = `
import doctest, json, sys

for name, text in json.load(sys.stdin):
    text = str(text.encode("utf-8") if sys.version_info[0] == 2 else text)
    try:
        if ">>>" in text:
            for example in doctest.DocTestParser().get_examples(text):
                compile(example.source, name, "single")
        else:
            compile(text, name, "exec")
    except Exception as error:
        print("%s: %s" % (name, error))
`;
