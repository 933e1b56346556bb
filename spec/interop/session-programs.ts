/** A program of docs/clients.md: a session with a login, an error of SQL, and a call behind its end. */
export interface SessionProgram {
  /** The section of docs/clients.md that contains it. */
  readonly heading: string;
  /** The language of its code block. */
  readonly language: string;
  /** The name of its source. */
  readonly file: string;
  /** A command that succeeds if the client is installed, and prints its version. */
  readonly version: string;
  /** Commands for the shell that build it, if need be, and run it. */
  readonly run: string;
  /** Its client supports neither nil nor i8, or one of them only, so it uses a database whose options avoid both. */
  readonly plain?: true;
  /** A value that it does not support whatever the options. */
  readonly lacks?: string;
  /** What it prints at the end: how its client reports HTTP 404. */
  readonly ended: RegExp;
  /** What it prints, if that is not lines of values and a fault. */
  readonly printed?: RegExp;
  /** `bin/setup --test` installs it, and `npm test` runs it. */
  readonly small?: true;
}

const STATUS = /404\n/;

/** The library of a folder of jars, or of the CLASSPATH. */
const JAVA = (library: string) => `javac -encoding UTF-8 -cp "${library}" Session.java &&
  java -Dfile.encoding=UTF-8 -cp "${library}:." Session`;

export const SESSION_PROGRAMS: readonly SessionProgram[] = [
  {
    heading: 'Python 3',
    language: 'python',
    file: 'session.py',
    version: 'python3 --version',
    run: 'python3 session.py',
    ended: STATUS,
    small: true,
  },
  {
    heading: 'Python 2',
    language: 'python',
    file: 'session.py',
    // It prints its version to standard error.
    version: '"$PYTHON2" --version 2>&1',
    run: '"$PYTHON2" session.py',
    ended: STATUS,
    small: true,
  },
  {
    heading: 'Python with requests',
    language: 'python',
    file: 'session.py',
    version: `/usr/bin/python3 -c 'import requests; print(requests.__version__)'`,
    run: '/usr/bin/python3 session.py',
    ended: STATUS,
    small: true,
  },
  {
    heading: 'PHP',
    language: 'php',
    file: 'session.php',
    version: `php -r 'extension_loaded("xmlrpc") || exit(1); echo PHP_VERSION;'`,
    run: 'php session.php',
    plain: true,
    ended: STATUS,
    small: true,
  },
  {
    heading: 'Ruby',
    language: 'ruby',
    file: 'session.rb',
    version: `ruby -rxmlrpc/client -e 'puts RUBY_VERSION'`,
    run: 'ruby session.rb',
    plain: true,
    ended: STATUS,
    small: true,
  },
  {
    heading: 'Perl',
    language: 'perl',
    file: 'session.pl',
    version: `perl -MRPC::XML::Client -e 'print $RPC::XML::VERSION'`,
    run: 'perl session.pl',
    ended: /HTTP server error: Session closed\n/,
  },
  {
    heading: 'JavaScript',
    language: 'js',
    file: 'session.mjs',
    version: 'node --version',
    run: 'node --no-deprecation session.mjs',
    ended: STATUS,
    small: true,
  },
  {
    heading: 'Lua',
    language: 'lua',
    file: 'session.lua',
    version: `lua5.1 -e 'require "xmlrpc.http"; print(_VERSION)'`,
    run: 'lua5.1 session.lua',
    plain: true,
    ended: /1\n\nSession closed\.\n\n/,
    small: true,
  },
  {
    heading: 'Tcl',
    language: 'tcl',
    file: 'session.tcl',
    version: `echo 'package require tdom; puts $tcl_patchLevel' | tclsh`,
    run: 'tclsh session.tcl',
    lacks: 'emoji',
    ended: STATUS,
    small: true,
  },
  {
    heading: 'curl',
    language: 'sh',
    file: 'session.sh',
    version: 'curl --version',
    run: 'sh session.sh',
    printed: /<int>1<\/int><\/value><value><string>Grün<.*<fault>.*<int>1<.*db -- Programming Error\n\n\(1146, "Table/s,
    ended: /Session closed\.\nended 22\n/,
    small: true,
  },
  {
    heading: 'Java with aXMLRPC',
    language: 'java',
    file: 'Session.java',
    version: 'test -e /usr/share/java/axmlrpc.jar && javac -version',
    run: JAVA('/usr/share/java/axmlrpc.jar'),
    ended: /java.io.FileNotFoundException: http.*\n/,
  },
  {
    heading: 'Java with Apache XML-RPC',
    language: 'java',
    file: 'Session.java',
    version: 'javap -cp "$CLASSPATH" org.apache.xmlrpc.client.XmlRpcClient >/dev/null 2>&1 && javac -version',
    run: JAVA('$CLASSPATH'),
    plain: true,
    ended: STATUS,
  },
  {
    heading: 'C#',
    language: 'cs',
    file: 'session.cs',
    version: 'test -e "$MONO_PATH/CookComputing.XmlRpcV2.dll" && mono --version',
    run: 'mcs -r:"$MONO_PATH/CookComputing.XmlRpcV2.dll" session.cs && mono session.exe',
    ended: /Session closed\n/,
  },
  {
    heading: 'Go',
    language: 'go',
    file: 'session.go',
    version: 'test -e /usr/share/gocode/src/github.com/kolo/xmlrpc && go version',
    run: 'GO111MODULE=off GOPATH=/usr/share/gocode go run session.go',
    ended: /request error: bad status code - 404\n/,
  },
  {
    heading: 'R',
    language: 'r',
    file: 'session.R',
    // Debian has the package XMLRPC in a copy within another one.
    version: `Rscript -e 'library(rneos); cat(format(getRversion()))' 2>/dev/null`,
    run: `sed -i 's/^library(XMLRPC)/library(rneos); xml.rpc <- rneos:::xml.rpc/' session.R && Rscript session.R`,
    ended: /Problems\n/,
  },
  {
    heading: 'Erlang',
    language: 'erlang',
    file: 'session.erl',
    version: `erl -noshell -eval 'is_list(code:which(xmlrpc)) orelse halt(1),
      io:put_chars(erlang:system_info(otp_release)), halt()'`,
    run: `erlc session.erl && erl -noshell -eval 'io:setopts([{encoding, unicode}]), session:main(), halt()'`,
    plain: true,
    ended: /HTTP\/1\.1 404 Session closed\r?\n/,
  },
];
