# Runs a session and echoes values, as python.py does: ruby.rb URL VALUES, or ruby.rb URL one-call

require 'json'
require 'xmlrpc/client'

def show(*result)
  puts JSON.generate(result)
end

def fault
  yield
rescue XMLRPC::FaultException => e
  [e.faultCode, e.faultString]
end

def value_of(kind, text)
  case kind
  when 'string' then text
  when 'int' then text.to_i
  when 'double' then text.to_f
  when 'boolean' then text == 'true'
  when 'base64' then XMLRPC::Base64.new([text].pack('H*'))
  when 'dateTime' then XMLRPC::DateTime.new(*text.match(/(....)(..)(..)T(..):(..):(..)/).captures.map(&:to_i))
  end
end

# Returns a received value as [type, text]. Ruby returns base64 as a string of bytes.
def tagged(value)
  case value
  when nil then ['nil', '']
  when true, false then ['boolean', value.to_s]
  when Integer then ['int', value.to_s]
  when Float then ['double', value.to_s]
  when XMLRPC::DateTime then ['dateTime', value.to_time.strftime('%Y%m%dT%H:%M:%S')]
  else value.encoding == Encoding::UTF_8 && value.valid_encoding? ? ['string', value] : ['base64', value.unpack1('H*')]
  end
end

def listed(method, *params)
  { 'methodName' => method, 'params' => params }
end

def one_call(url, database)
  rows = 'select seq, nullif(seq, 1) from numbers where seq < 3'
  insert = 'insert into one_call values (%s)'
  show 'query', database.call('query', rows)
  show 'change', database.call('query', insert, [5])
  show 'transaction', database.call('transaction', [[insert, [6]], [rows]], { 'readonly' => false })
  opened = database.call('session', [listed('execute', rows), listed('fetchall')], { 'timeout' => 30 })
  show 'session', opened['results']
  session = XMLRPC::Client.new2("#{url}/#{opened['id']}")
  show 'batch', session.call('batch', [listed('touch'), listed('description'), listed('missing'), listed('touch')])
  show 'once', session.call('once', 1, 'query', [rows])
  show 'again', session.call('once', 1, 'query', [rows])
  show 'touch', session.call('touch')
  show 'ping', session.call('ping').between?(20, 30)
  show 'close', session.call('close')
end

url, values = ARGV
database = XMLRPC::Client.new2(url)
if values == 'one-call'
  one_call(url, database)
  exit
end
cursor = XMLRPC::Client.new2("#{url}/#{database.call('cursor', 30)}")
show 'version', "Ruby #{RUBY_VERSION}"

show 'execute', cursor.call('execute', 'select seq, %s from numbers where seq < %s', ["it's höpper", 6])
show 'description', cursor.call('description')
show 'fetchone', cursor.call('fetchone')
show 'fetchmany', cursor.call('fetchmany', 2)
show 'fetchall', cursor.call('fetchall')
show 'exhausted', cursor.call('fetchmany', 2)
show 'rowcount', cursor.call('rowcount')

File.foreach(values).with_index do |line, number|
  kind, text = line.chomp.split("\t", 2)
  begin
    text = [text].pack('H*').force_encoding('UTF-8')
    cursor.call('execute', *(kind == 'sql' ? ["select #{text}"] : ['select %s', [value_of(kind, text)]]))
  rescue XMLRPC::FaultException => e
    next show(number, 'refused', "#{e.faultCode} #{e.faultString}")
  rescue StandardError => e
    next show(number, 'not sent', e.message)
  end
  begin
    show number, *tagged(cursor.call('fetchone')[0])
  rescue StandardError => e
    show number, 'not read', e.message
  end
end

show 'named count', cursor.call('execute', "select %(a)s, '100%%'", { 'a' => 1.5 })
show 'named', cursor.call('fetchall')
show 'missing', fault { cursor.call('execute', 'select * from missing') }
cursor.call('execute', 'create temporary table t (id int primary key)')
show 'executemany', cursor.call('executemany', 'insert into t values (%s)', [[1], [2]])
show 'duplicate', fault { cursor.call('execute', 'insert into t values (1)') }
show 'unknown', fault { cursor.call('unknown') }
show 'timeout', fault { database.call('cursor', -1) }
show 'close', cursor.call('close')
begin
  cursor.call('rowcount')
rescue RuntimeError => e
  show 'closed', e.message[/\d+/].to_i
end
